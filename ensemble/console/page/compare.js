// Two workflows side by side, the first difference first; and how one is chosen to compare with.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "./html.js";
import { State } from "./live.js";
import { go, route, workflowPath } from "./routes.js";
import { atInstant, lines } from "./store.js";
import { span } from "./words.js";

const MOST_OFFERED = 12;

/** The page that compares two. @param {string} a @param {string} b */
export const comparePath = (a, b) => `/compare/${encodeURIComponent(a)}/${encodeURIComponent(b)}`;

export function Compare() {
  const [a, b] = route.value.path.slice("/compare/".length).split("/").map(decodeURIComponent);
  const found = useSignal(null);
  const problem = useSignal("");
  const picked = useSignal(null);
  const at = atInstant.value;

  useEffect(() => {
    let isShown = true;
    const load = async () => {
      const query = new URLSearchParams({ a, b, ...(at === null ? {} : { at }) });
      const answer = await fetch(`/api/compare?${query}`).catch(() => null);
      if (!isShown) return;
      const body = answer ? await answer.json() : { error: "the console's server does not answer" };
      problem.value = answer?.ok ? "" : body.error;
      found.value = answer?.ok ? body : null;
    };
    load();
    return () => (isShown = false);
  }, [a, b, at]);

  if (!found.value) return html`<p class="alone" role="status">${problem.value || "Loading"}</p>`;
  const told = found.value;
  const [first, ...others] = told.differences;
  const chosen = picked.value || told.steps.find((step) => step.differs) || told.steps[0];
  return html`
    <div class="title"><h1>${a} and ${b}</h1>
      <button onClick=${() => go(comparePath(b, a))}>Swap</button></div>
    <section class="card" aria-label="Differences">
      <h2>${told.differences.length ? "First difference" : "No difference"} <small>ids, keys and instants are left out</small></h2>
      ${first ? html`<p class="first">${when(first)}${first.text}</p>` : html`<p class="empty">Both have the same steps with the same fields, and end the same way.</p>`}
      ${others.length ? html`<ol class="differences">${others.map((one) => html`<li>${when(one)}${one.text}</li>`)}</ol>` : null}
    </section>
    <section class="card sides" aria-label="Steps of both">
      <div class="side-heads"><span></span><${Side} told=${told.a} /><${Side} told=${told.b} /></div>
      <ol>${told.steps.map((step) => html`<li><button class="plain pair ${step.differs ? "differs" : ""} ${step === chosen ? "selected" : ""}" aria-pressed=${step === chosen} onClick=${() => (picked.value = step)}>
        <span class="name" style=${{ paddingLeft: `${step.depth * 0.9}em` }}>${step.differs ? html`<i title="differs">≠</i> ` : null}${step.type} <small>${step.source}</small></span>
        <${Moment} one=${step.a} /><${Moment} one=${step.b} />
      </button></li>`)}</ol>
    </section>
    ${chosen ? html`<${Fields} told=${told} step=${chosen} />` : null}`;
}

const when = ({ at }) => html`<small>${at === null ? "at the end" : `+${span(at)}`}</small> `;

function Side({ told }) {
  return html`<a href=${workflowPath(told.asked)}><b>${told.asked}</b> <${State} state=${told.shown} /></a>`;
}

function Moment({ one }) {
  if (!one) return html`<span class="number none">none</span>`;
  return html`<span class="number">+${span(one.after)}${one.took === null ? "" : html` <small>took ${span(one.took)}</small>`}</span>`;
}

/** The fields of a step in both, those that differ marked. */
function Fields({ told, step }) {
  const [a, b] = ["a", "b"].map((side) => flat(told[side].events.find((event) => event.event_id === step[side]?.event_id)?.fields ?? {}));
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return html`<section class="card sides" aria-label="Fields of ${step.type}">
    <h2>${step.type}</h2>
    <table><thead><tr><th scope="col">field</th><th scope="col">${told.a.asked}</th><th scope="col">${told.b.asked}</th></tr></thead>
      <tbody>${names.map((name) => html`<tr class=${step.fields.some((path) => name.startsWith(path)) ? "differs" : ""}><th scope="row">${name}</th><td>${a[name] ?? "–"}</td><td>${b[name] ?? "–"}</td></tr>`)}</tbody></table>
  </section>`;
}

function flat(value, path = "") {
  if (value === null || typeof value !== "object") return { [path]: typeof value === "string" ? value : JSON.stringify(value) };
  const below = (name) => (Array.isArray(value) ? `${path}[${name}]` : path ? `${path}.${name}` : name);
  return Object.assign({}, ...Object.entries(value).map(([name, one]) => flat(one, below(name))));
}

/** A search among the workflows of the list, to compare one with. */
export function CompareWith({ workflow }) {
  const text = useSignal("");
  const part = text.value.toLowerCase();
  const offered = [...lines.value.values()]
    .filter((line) => ![line.key, line.workflow].includes(workflow) && [line.key, line.workflow, line.type, line.state].some((one) => one.toLowerCase().includes(part)))
    .slice(0, MOST_OFFERED);
  return html`<details class="compare-with"><summary>Compare with …</summary>
    <div class="card">
      <input type="search" placeholder="key, workflow, event, state" aria-label="Search a workflow to compare with" value=${text.value} onInput=${(event) => (text.value = event.target.value)}
        onKeyDown=${(event) => event.key === "Enter" && (offered[0] || text.value) && go(comparePath(workflow, offered[0]?.key ?? text.value.trim()))} />
      <ul>${offered.map((line) => html`<li><a href=${comparePath(workflow, line.key)}><${State} state=${line.state} /> <b>${line.key}</b></a></li>`)}</ul>
    </div>
  </details>`;
}
