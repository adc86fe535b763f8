// One workflow: where it stands and why, the graph with what was walked, the waterfall, and what each step did.

import { signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { CompareWith } from "./compare.js";
import { save } from "./export.js";
import { Facts } from "./facts.js";
import { Graph } from "./graph.js";
import { html } from "./html.js";
import { State } from "./live.js";
import { filter, go } from "./routes.js";
import { Sagas } from "./saga.js";
import { atInstant, fixed } from "./store.js";
import { stepsOf, Waterfall } from "./waterfall.js";
import { count, span } from "./words.js";

const NONE = signal([]);
const OVER = ["done", "cancelled"];

/** The document of a workflow, read again and again until it is over. */
export function useWorkflow(asked) {
  const found = useSignal({ told: null, problem: "" });
  const at = atInstant.value;
  useEffect(() => {
    let isShown = true;
    let timer = 0;
    const load = async () => {
      const query = at === null ? "" : `?at=${at}`;
      const answer = await fetch(`/api/workflow/${encodeURIComponent(asked)}${query}`).catch(() => null);
      const body = answer ? await answer.json() : { error: "the console's server does not answer" };
      if (!isShown) return;
      const before = at === null ? found.value.told : null;
      found.value = answer?.ok ? { told: body, problem: "" } : { told: before, problem: body.error };
      if (at === null) timer = setTimeout(load, OVER.includes(found.value.told?.shown) ? 10_000 : 1_000);
    };
    load();
    return () => {
      isShown = false;
      clearTimeout(timer);
    };
  }, [asked, at]);
  return found.value;
}

export function Workflow({ argument }) {
  const { told, problem } = useWorkflow(argument);
  const picked = useSignal("");
  const walk = useMemo(() => told && walked(told), [told]);
  if (!told) return html`<p class="alone" role="status">${problem || "Loading"}</p>`;
  const steps = stepsOf(told);
  const step = steps.find((one) => one.id === picked.value) || steps[0];
  return html`
    <${Title} told=${told} steps=${steps} />
    ${told.why.length ? html`<ul class="why" aria-label="Why not further">${told.why.map((why) => html`<li class=${why.state}>${why.text}</li>`)}</ul>` : null}
    <${Sagas} told=${told} />
    ${told.events.length
      ? html`<section class="card picture" aria-label="What was walked">
          <${Graph} graph=${fixed.value.graph} counts=${walk.counts} nodes=${walk.nodes} walked=${walk.edges} reasons=${walk.reasons} events=${NONE} onPick=${(name) => (go("/"), filter({ q: name }))} />
        </section>
        <div class="columns">
          <${Waterfall} told=${told} picked=${picked} />
          <${Facts} told=${told} step=${step} />
        </div>`
      : null}`;
}

export function Title({ told, steps }) {
  const measured = told.waterfall.flatMap((one) => [one.begin, one.end]);
  const instants = (measured.length ? measured : told.events.map((event) => event.at)).map((text) => Date.parse(text));
  const handling = told.waterfall.filter((one) => one.kind === "handler").reduce((sum, one) => sum + Date.parse(one.end) - Date.parse(one.begin), 0);
  const took = instants.length ? Math.max(...instants) - Math.min(...instants) : 0;
  const again = steps.filter((step) => triesOf(told, step) > 1).length;
  const numbers = [
    [span(took), OVER.includes(told.shown) ? "took" : "so far"],
    [count(told.events.length), "events"],
    [count(steps.length), "steps"],
    [count(again), "tried again"],
    [took ? `${Math.round((100 * handling) / took)}%` : "", "in handlers"],
  ];
  return html`<div class="title">
    <h1>${told.key}</h1>
    <${State} state=${told.shown} />
    <code>${told.events[0]?.workflow ?? ""}</code>
    <${CompareWith} workflow=${told.asked} />
    <button class="export" onClick=${() => save(told, steps)}>Export</button>
    <dl>${numbers.map(([number, what]) => html`<div><dt>${what}</dt><dd>${number}</dd></div>`)}</dl>
  </div>`;
}

/** How often a step was tried until its last commit, as its row remembers. */
function triesOf(told, step) {
  const row = told.rows.find((one) => one.service === step.service && one.key === step.heard.row);
  return Math.max(1, ...(row?.history ?? []).filter((one) => one.event_hash === step.event.event_hash).map((one) => one.attempt));
}

/** What of the graph was walked, and why what was not. */
function walked(told) {
  const counts = {};
  const edges = new Set();
  const states = {};
  const reasons = {};
  for (const event of told.events) {
    const name = `${event.source}/${event.type}`;
    counts[name] = (counts[name] || 0) + 1;
    edges.add(name);
    for (const heard of event.heard) if (heard.reception === "handled") edges.add(`${name}>${heard.service}`);
  }
  for (const row of told.rows) states[row.service] = { state: "ok", text: String(row.state?.status ?? "") };
  for (const why of told.why) {
    if (why.service && why.state !== "running" && why.cause !== "timer") states[why.service] = { state: why.state === "failed" ? "failing" : "waiting", text: why.cause };
    if (why.service && why.event) reasons[`${why.event.type}>${why.service}`] = why.text;
  }
  return { counts: signal(counts), edges, nodes: signal(states), reasons };
}
