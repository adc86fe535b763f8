// The steps of a workflow over time: each hop in its parts, each event under what caused it.

import { useMemo, useRef } from "preact/hooks";
import { html } from "./html.js";
import { useKeys } from "./keys.js";
import { bringIntoSight, LongList } from "./long_list.js";
import { fixed } from "./store.js";
import { timelineOf } from "./timeline.js";
import { span } from "./words.js";

const ROW_PIXELS = 27;
const DEEPEST = 12;

const KINDS = [
  ["publication", "publication"],
  ["bus", "bus"],
  ["queue", "queue"],
  ["handler", "handler"],
];

export function Waterfall({ told, picked }) {
  const box = useRef(null);
  const steps = useMemo(() => stepsOf(told), [told]);
  const timeline = useMemo(() => timelineOfSteps(steps), [told]);
  const move = (by) => () => {
    const next = Math.min(Math.max(steps.findIndex((step) => step.id === picked.value) + by, 0), steps.length - 1);
    picked.value = steps[next].id;
    bringIntoSight(box.current, next, ROW_PIXELS);
  };
  useKeys({ j: move(1), k: move(-1), ArrowDown: move(1), ArrowUp: move(-1) });
  return html`<section class="card waterfall" aria-label="Timeline">
    <${Axis} timeline=${timeline} />
    <${LongList} box=${box} items=${steps} pixels=${ROW_PIXELS} label="Steps, in the order of their causes"
      row=${(step, top) => html`<${Step} key=${step.id} step=${step} top=${top} timeline=${timeline} picked=${picked} />`} />
  </section>`;
}

/** The whole timeline, with all its rows: what a file has of it. */
export function Whole({ steps }) {
  const timeline = timelineOfSteps(steps);
  return html`<section class="card waterfall" aria-label="Timeline">
    <${Axis} timeline=${timeline} />
    <ol class="long" style=${{ height: `${steps.length * ROW_PIXELS}px` }}>
      ${steps.map((step, place) => html`<${Step} step=${step} top=${place * ROW_PIXELS} timeline=${timeline} picked=${{ value: "" }} />`)}
    </ol>
  </section>`;
}

const timelineOfSteps = (steps) => timelineOf(steps.flatMap((step) => (step.segments.length ? step.segments : [{ begin: step.at, end: step.at }])));

function Axis({ timeline }) {
  return html`<h2>Timeline <span class="legend">${KINDS.map(([kind, word]) => html`<i class=${kind}></i>${word} `)}</span></h2>
    <div class="axis" aria-hidden="true"><span></span><div>
      <b class="start">0</b>
      ${timeline.folds.filter((fold) => fold.end < timeline.end).map((fold) => html`<b class="fold" style=${{ left: percent(timeline.share(fold.begin)) }}>${span(fold.end - fold.begin)}</b>`)}
      <b class="stop">${span(timeline.end - timeline.begin)}</b>
    </div><span></span></div>`;
}

function Step({ step, top, timeline, picked }) {
  const { share, folds } = timeline;
  const length = step.segments.length ? step.segments.at(-1).end - step.segments[0].begin : 0;
  const parts = step.segments.map((one) => `${one.kind} ${span(one.end - one.begin)}`).join(", ");
  return html`<li class="row" style=${{ top: `${top}px`, height: `${ROW_PIXELS}px` }}>
    <button class="plain step ${step.id === picked.value ? "selected" : ""}" aria-pressed=${step.id === picked.value} onClick=${() => (picked.value = step.id)}>
      <span class="name ${step.undo ? "undo" : ""}" style=${{ paddingLeft: `${Math.min(step.depth, DEEPEST) * 0.9}em` }} title="${step.type} → ${step.service}: ${parts || step.reception}">
        ${step.type} <small>→ ${step.service || "nobody"}</small></span>
      <span class="lane">
        ${folds.map((fold) => html`<i class="folded" style=${{ left: percent(share(fold.begin)), width: percent(share(fold.end) - share(fold.begin)) }}></i>`)}
        ${step.segments.length ? null : html`<i class="instant" style=${{ left: percent(share(step.at)) }}></i>`}
        ${step.segments.map((one) => html`<i class="${one.kind} ${one.exact ? "" : "about"}" style=${{ left: percent(share(one.begin)), width: `max(2px, ${percent(share(one.end) - share(one.begin))})` }}></i>`)}
      </span>
      <span class="number">${step.segments.length ? span(length) : step.reception === "handled" ? "" : step.reception}</span>
    </button>
  </li>`;
}

const percent = (share) => `${(100 * share).toFixed(3)}%`;

/** The steps, each under the event that caused it: one for each service that hears an event. */
export function stepsOf(told) {
  const ids = new Set(told.events.map((event) => event.event_id));
  const caused = Map.groupBy(told.events, (event) => (ids.has(event.cause) && event.cause !== event.event_id ? event.cause : null));
  const segments = Map.groupBy(
    told.waterfall.map((one) => ({ ...one, begin: Date.parse(one.begin), end: Date.parse(one.end) })),
    (one) => `${one.event_id}>${one.service}`,
  );
  const undoing = new Set(fixed.value.graph.events.filter((event) => event.path === "undo").map((event) => event.type));
  const found = [];
  const waiting = (caused.get(null) || []).map((event) => [event, 0]).reverse();
  const seen = new Set();
  while (waiting.length) {
    const [event, depth] = waiting.pop();
    if (seen.has(event)) continue;
    seen.add(event);
    for (const heard of event.heard.length ? event.heard : [{ service: "", reception: "handled" }]) {
      const id = `${event.event_id}>${heard.service}`;
      found.push({ id, event, heard, depth, type: event.type, service: heard.service, reception: heard.reception, undo: undoing.has(event.type), at: Date.parse(event.at), segments: segments.get(id) || [] });
    }
    for (const one of [...(caused.get(event.event_id) || [])].reverse()) waiting.push([one, depth + 1]);
  }
  return found;
}
