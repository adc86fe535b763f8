// What the server has told: a snapshot, and the batches after it. Pages read signals; nothing else is kept.

import { batch, computed, signal } from "@preact/signals";
import { Recorded } from "./recorded.js";

const MOST_WORKFLOWS = 10_000;
const MOST_EVENTS = 500;
/** Of so many events that arrive at once none is shown as moving. */
const MOST_MOVING = 50;

/** What never changes: the stage, the graph, what may be done here. */
export const fixed = signal(null);
export const sequence = signal(0);
/** The stage's clock in milliseconds, as of the last batch, and ours then. */
export const told = signal({ now: 0, at: 0 });
/** The lines by workflow; a new map for each change. */
export const lines = signal(new Map());
export const events = signal([]);
export const arrived = signal([]);
export const counts = signal({});
export const nodes = signal({});
export const edges = signal({});
/** How what is deployed differs from the project whose graph this is, each in words. */
export const differs = signal([]);
export const alarms = signal(0);
export const dead = signal(0);
export const failure = signal("");
export const isConnected = signal(false);
export const isPaused = signal(false);
export const rate = signal(0);
/** The instant of a recording that is shown, in milliseconds; null where what is shown is now. */
export const atInstant = signal(null);
/** The recording that is shown, if it is one. */
export const recorded = signal(null);
/** What else is told of a recording until then: faults that struck, and what was violated. */
export const notes = signal([]);

/** How many workflows are in each state. */
export const totals = computed(() => {
  const found = {};
  for (const line of lines.value.values()) found[line.state] = (found[line.state] || 0) + 1;
  return found;
});

let source = null;
let held = [];
const recent = [];

/** Load a snapshot, and follow what changes while the tab is in sight. */
export async function follow() {
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : begin()));
  await begin();
}

async function begin() {
  stop();
  const answer = await fetch("/api/snapshot").catch(() => null);
  if (!answer || !answer.ok) {
    failure.value = answer ? await answer.text() : "the console's server does not answer";
    setTimeout(begin, 2_000);
    return;
  }
  take(await answer.json());
  if (fixed.value.place === "recording") return open();
  source = new EventSource(`/api/stream?after=${sequence.value}`);
  source.onopen = () => (isConnected.value = true);
  source.onerror = () => (isConnected.value = false);
  source.onmessage = (message) => {
    const told = JSON.parse(message.data);
    if (told.reset) begin();
    else if (isPaused.value) held.push(told);
    else add(told);
  };
}

async function open() {
  if (recorded.value) return;
  const recording = new Recorded(await (await fetch("/api/recording")).json());
  recorded.value = recording;
  seek(recording.end);
}

/** Show a recording as of an instant. @param {number} instant */
export function seek(instant) {
  batch(() => {
    const { notes: until, arrived: new_, ...snapshot } = recorded.value.at(instant);
    const isOneStep = instant > (atInstant.value ?? instant) && new_.length < MOST_MOVING;
    take(snapshot);
    atInstant.value = instant;
    notes.value = until;
    arrived.value = isOneStep ? new_ : [];
  });
}

// A stream holds one of the six connections that a browser has to a host: hidden tabs give it back.
function stop() {
  if (source) source.close();
  source = null;
  isConnected.value = false;
}

/** Hold what comes, or show what was held. */
export function pause() {
  isPaused.value = !isPaused.value;
  if (!isPaused.value) {
    const waiting = held;
    held = [];
    waiting.forEach(add);
  }
}

/** Take a whole snapshot: of the server, or of an instant of a recording. */
export function take(snapshot) {
  batch(() => {
    const { sequence: at, now, lines: all, events: last, counts: sums, nodes: facts, edges: ways, differs: others, alarms: ringing, dead: letters, failure: problem, ...rest } = snapshot;
    fixed.value = { ...(fixed.value || {}), ...rest };
    sequence.value = at;
    told.value = { now, at: performance.now() };
    lines.value = new Map(all.map((line) => [line.workflow, line]));
    events.value = last;
    arrived.value = [];
    counts.value = sums;
    nodes.value = facts;
    edges.value = ways;
    differs.value = others;
    alarms.value = ringing;
    dead.value = letters;
    failure.value = problem;
  });
}

/** Add what has changed. */
export function add(change) {
  batch(() => {
    if ("failure" in change) failure.value = change.failure;
    if (!("sequence" in change)) return;
    sequence.value = change.sequence;
    told.value = { now: change.now, at: performance.now() };
    if (change.lines.length) lines.value = withLines(lines.value, change.lines);
    if (change.events.length) {
      events.value = [...events.value, ...change.events].slice(-MOST_EVENTS);
      arrived.value = change.events;
      counts.value = { ...counts.value, ...change.counts };
    }
    if (change.nodes) nodes.value = change.nodes;
    if (change.edges) edges.value = change.edges;
    if (change.differs) differs.value = change.differs;
    if ("alarms" in change) alarms.value = change.alarms;
    if ("dead" in change) dead.value = change.dead;
    measure(change.events.length);
  });
}

function withLines(known, changed) {
  const next = new Map();
  for (const line of changed) if (!known.has(line.workflow)) next.set(line.workflow, line);
  const all = next.size ? new Map([...[...next].reverse(), ...known]) : new Map(known);
  for (const line of changed) if (known.has(line.workflow)) all.set(line.workflow, line);
  if (all.size > MOST_WORKFLOWS) for (const name of [...all.keys()].slice(MOST_WORKFLOWS)) all.delete(name);
  return all;
}

// Events a second over the last ten seconds.
function measure(number) {
  const now = performance.now();
  recent.push([now, number]);
  while (recent.length && now - recent[0][0] > 10_000) recent.shift();
  rate.value = recent.reduce((sum, [, n]) => sum + n, 0) / 10;
}

/** The stage's clock now. */
export const stageNow = () => atInstant.value ?? told.value.now + (performance.now() - told.value.at);
