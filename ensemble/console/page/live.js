// What happens now: the graph, the list of workflows, the tape of events.

import { computed, signal, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Graph } from "./graph.js";
import { html } from "./html.js";
import { useKeys } from "./keys.js";
import { bringIntoSight, LongList } from "./long_list.js";
import { filter, go, route, workflowPath } from "./routes.js";
import { arrived, counts, differs, edges, events, fixed, lines, nodes, notes, stageNow, told, totals } from "./store.js";
import { clock, count, span, STATES } from "./words.js";

/** A clock whose hand is past the hour, in a box of 12 by 12. */
const LATE = "M6 .5a5.5 5.5 0 1 0 .01 0zM6 2a4 4 0 1 1-.01 0zM5.4 3h1.2v2.8l2 1.6-.8.9-2.4-2z";

const ROW_PIXELS = 34;
/** So many of the newest events are on the tape. */
const MOST_TOLD = 60;

const asked = computed(() => ({ text: route.value.query.get("q") || "", state: route.value.query.get("state") || "" }));

/** The lines that the filters let through, newest first. */
const matching = computed(() => {
  const { text, state } = asked.value;
  const part = text.toLowerCase();
  const all = [...lines.value.values()];
  if (!part && !state) return all;
  return all.filter(
    (line) =>
      (!state || line.state === state) &&
      (!part || [line.key, line.workflow, line.text, line.type].some((one) => one.toLowerCase().includes(part))),
  );
});

const selected = signal("");

export function Live() {
  return html`
    ${differs.value.length ? html`<${Differs} />` : null}
    <section class="card picture" aria-label="Services and events">
      <${Graph} graph=${fixed.value.graph} counts=${counts} nodes=${nodes} edges=${edges} events=${arrived} onPick=${(name) => filter({ q: name })} />
    </section>
    <div class="columns">
      <${List} />
      <${Tape} />
    </div>`;
}

/** That the graph is that of the project, and not of what is deployed. */
function Differs() {
  return html`<details class="card differs"><summary role="status">The graph is that of the working tree: ${differs.value.length === 1 ? "a rule is" : `${differs.value.length} rules are`} deployed otherwise.</summary>
    <ul>${differs.value.map((one) => html`<li>${one}</li>`)}</ul></details>`;
}

function List() {
  const box = useRef(null);
  const search = useRef(null);
  const still = useSignal(null);
  const shown = still.value ? still.value.map((line) => lines.value.get(line.workflow) || line) : matching.value;
  const newer = still.value ? matching.value.filter((line) => line.began > still.value[0]?.began).length : 0;

  const hold = () => (still.value = still.value || matching.value);
  const release = () => {
    if (!selected.value) still.value = null;
  };
  const goOn = () => {
    selected.value = "";
    still.value = null;
  };
  const move = (by) => () => {
    hold();
    const now = still.value.findIndex((line) => line.workflow === selected.value);
    const next = Math.min(Math.max(now + by, 0), still.value.length - 1);
    if (next < 0) return;
    selected.value = still.value[next].workflow;
    bringIntoSight(box.current, next, ROW_PIXELS);
  };
  useKeys({
    "/": () => search.current.focus(),
    j: move(1),
    k: move(-1),
    ArrowDown: move(1),
    ArrowUp: move(-1),
    Enter: () => selected.value && go(workflowPath(selected.value)),
    Escape: () => {
      goOn();
      filter({ q: "", state: "" });
    },
  });
  const open = (event) => {
    const text = event.target.value.trim();
    if (event.key === "Enter" && text) go(workflowPath(shown.length === 1 ? shown[0].workflow : text));
  };
  return html`<section class="card list" aria-label="Workflows">
    <div class="tools">
      <input ref=${search} type="search" placeholder="key, workflow, event, what it waits for   /" aria-label="Search workflows"
        value=${asked.value.text} onInput=${(event) => filter({ q: event.target.value })} onKeyDown=${open} />
      <${States} />
    </div>
    ${newer ? html`<button class="newer" onClick=${() => (goOn(), (box.current.scrollTop = 0))}>${newer} newer</button>` : null}
    <${LongList} box=${box} items=${shown} pixels=${ROW_PIXELS} label="Workflows, newest first" onHold=${hold} onRelease=${release}
      row=${(line, top) => html`<${Row} key=${line.workflow} line=${line} top=${top} />`}>
      ${shown.length ? null : html`<p class="empty">${asked.value.text || asked.value.state ? "No workflow here matches. Enter looks for the key on the whole stage." : "No workflow yet."}</p>`}
    <//>
  </section>`;
}

function States() {
  return html`<div class="states" role="group" aria-label="Filter by state">
    ${Object.entries(STATES).map(
      ([state, { word }]) => html`<button class="plain ${state}" aria-pressed=${asked.value.state === state}
        onClick=${() => filter({ state: asked.value.state === state ? "" : state })}>${word} <b>${count(totals.value[state] || 0)}</b></button>`,
    )}
  </div>`;
}

export function State({ state }) {
  const { word, shape } = STATES[state] || { word: state, shape: "" };
  return html`<span class="state ${state}"><svg viewBox="0 0 12 12" aria-hidden="true"><path d=${shape} /></svg>${word}</span>`;
}

function Row({ line, top }) {
  const age = (line.ended ?? (told.value.now, stageNow())) - line.began;
  return html`<li class="row ${line.workflow === selected.value ? "selected" : ""}" style=${{ top: `${top}px` }}>
    <a href=${workflowPath(line.workflow)}>
      <${State} state=${line.state} />
      <b class="key">${line.key}</b>
      <${Trail} line=${line} />
      <span class="what" title=${line.text}>${line.text}</span>
      <span class="number">${line.events} ev</span>
      <span class="number age">${line.late ? html`<${Late} /> ` : null}${span(age)}</span>
    </a>
  </li>`;
}

function Late() {
  return html`<em class="late" title="It is past the deadline that its service promises, or ended after it"><svg viewBox="0 0 12 12" aria-hidden="true"><path d=${LATE} /></svg>late</em>`;
}

/** How far along the happy way it is, and how many compensations there were. */
function Trail({ line }) {
  const { spine } = fixed.value.graph;
  return html`<span class="trail" role="img" aria-label="${line.reached.length} of ${spine.length} steps${line.undone ? `, ${line.undone} undone` : ""}">
    ${line.reached.length ? spine.map((type) => html`<i class=${line.reached.includes(type) ? "walked" : ""}></i>`) : null}
    ${line.undone ? html`<em>↩${line.undone}</em>` : null}
  </span>`;
}

function Tape() {
  const all = [...events.value.slice(-MOST_TOLD), ...notes.value.slice(-MOST_TOLD)].sort((a, b) => a.at - b.at);
  return html`<section class="card tape" aria-label="Events">
    <h2>Events</h2>
    <ol tabindex="0" aria-label="Newest events first">
      ${all.slice(-MOST_TOLD).reverse().map((one) => (one.kind ? html`<${Note} note=${one} />` : html`<${Told} key=${one.id + one.workflow} event=${one} />`))}
    </ol>
  </section>`;
}

function Told({ event }) {
  return html`<li><a href=${workflowPath(event.workflow)}>
    <time>${clock(event.at)}</time> <span class=${event.undo ? "undo" : ""}>${event.type}</span> <b>${event.key}</b></a></li>`;
}

/** A fault that struck in what was recorded, or what was violated. */
function Note({ note }) {
  const text = html`<time>${clock(note.at)}</time> <span class="fault" title=${note.text}><i aria-hidden="true">⚡</i> ${note.kind === "violation" ? "violated: " : ""}${note.text}</span> <b>${note.who}</b>`;
  return html`<li>${note.workflow ? html`<a href=${workflowPath(note.workflow)}>${text}</a>` : html`<p>${text}</p>`}</li>`;
}
