// One workflow: where it stands and why, the graph with what was walked, the waterfall, and what each step did.

import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { CompareWith } from "./compare.js";
import { save } from "./export.js";
import { Graph } from "./graph.js";
import { html } from "./html.js";
import { State } from "./live.js";
import { workflowPath } from "./routes.js";
import { arrived, atInstant, fixed, lines, nodes } from "./store.js";
import { clock, count, instant, span } from "./words.js";
import { Waterfall } from "./waterfall.js";

const NONE = signal([]);

export function Workflow({ argument }) {
  const found = useSignal(null);
  const problem = useSignal("");
  const picked = useSignal("");

  const at = atInstant.value;
  useEffect(() => {
    let isShown = true;
    let timer = 0;
    const load = async () => {
      const query = at === null ? "" : `?at=${at}`;
      const answer = await fetch(`/api/workflow/${encodeURIComponent(argument)}${query}`).catch(() => null);
      if (!isShown) return;
      const body = answer ? await answer.json() : { error: "the console's server does not answer" };
      problem.value = answer?.ok ? "" : body.error;
      if (answer?.ok || at !== null) found.value = answer?.ok ? body : null;
      const isOver = found.value && ["done", "cancelled"].includes(found.value.shown);
      if (at === null) timer = setTimeout(load, isOver ? 10_000 : 1_000);
    };
    load();
    return () => {
      isShown = false;
      clearTimeout(timer);
    };
  }, [argument, at]);

  if (!found.value) return html`<p class="alone" role="status">${problem.value || "Loading"}</p>`;
  const told = found.value;
  const walk = walked(told);
  const chosen = told.events.find((event) => event.event_id === picked.value) || told.events[0];
  return html`
    <${Title} told=${told} />
    ${told.why.length ? html`<ul class="why" aria-label="Why not further">${told.why.map((why) => html`<li class=${why.state}>${why.text}</li>`)}</ul>` : null}
    <section class="card picture" aria-label="What was walked">
      <${Graph} graph=${fixed.value.graph} counts=${signal(walk.counts)} nodes=${signal(walk.nodes)} walked=${walk.edges} reasons=${walk.reasons} events=${NONE} onPick=${() => {}} />
    </section>
    <div class="columns">
      <${Waterfall} told=${told} picked=${picked} />
      <${Facts} told=${told} event=${chosen} />
    </div>`;
}

function Title({ told }) {
  const began = Math.min(...told.events.map((event) => Date.parse(event.at)));
  const ended = Math.max(...told.events.map((event) => Date.parse(event.at)));
  const numbers = [
    [span(ended - began), "took"],
    [count(told.events.length), "events"],
    [count(told.events.reduce((sum, event) => sum + event.heard.length, 0)), "steps"],
    [count(told.rows.length), "rows"],
  ];
  return html`<div class="title">
    <h1>${told.asked}</h1>
    <${State} state=${told.shown} />
    <code>${told.events[0]?.workflow ?? ""}</code>
    <${CompareWith} workflow=${told.asked} />
    <button class="export" onClick=${() => save(told, told.events.map((event) => html`<${Facts} told=${told} event=${event} />`))}>Export</button>
    <dl>${numbers.map(([number, what]) => html`<div><dt>${what}</dt><dd>${number}</dd></div>`)}</dl>
  </div>`;
}

/** What of the graph was walked, and what was not, with the reason where one is known. */
function walked(told) {
  const counts = {};
  const edges = new Set();
  const states = {};
  const reasons = {};
  for (const event of told.events) {
    const name = `${event.source}/${event.type}`;
    counts[name] = (counts[name] || 0) + 1;
    edges.add(name);
    for (const step of event.heard) if (step.reception === "handled") edges.add(`${name}>${step.service}`);
  }
  for (const row of told.rows) states[row.service] = { state: "ok", waiting: 0, dead: 0, text: row.state?.status ?? "" };
  for (const why of told.why) {
    if (!why.service) continue;
    states[why.service] = { state: why.state === "failed" ? "failing" : "waiting", waiting: 0, dead: 0, text: why.cause };
    if (why.event) reasons[`${why.event.type}>${why.service}`] = why.text;
  }
  return { counts, edges, nodes: states, reasons };
}

function Facts({ told, event }) {
  return html`<aside class="facts">
    <section class="card">
      <h2>${event.type} <small>${clock(Date.parse(event.at))}</small></h2>
      <${Value} value=${event.fields} />
      <p class="ids"><code title="event id">${event.event_id}</code></p>
    </section>
    ${event.heard.map((step) => html`<section class="card"><h2>${step.service} <small>${step.reception}</small></h2>
      <${RowState} row=${told.rows.find((row) => row.service === step.service && row.key === step.row)} /></section>`)}
  </aside>`;
}

function RowState({ row }) {
  return row ? html`<${Value} value=${row.state} />` : html`<p class="empty">no row</p>`;
}

/** A JSON value as lines of names and values. */
export function Value({ value }) {
  if (value === null || typeof value !== "object") return html`<code class=${value === "(sensitive)" ? "hidden" : ""}>${typeof value === "string" ? value : JSON.stringify(value)}</code>`;
  return html`<dl class="value">${Object.entries(value).map(([name, one]) => html`<dt>${name}</dt><dd><${Value} value=${one} /></dd>`)}</dl>`;
}
