// What one step was: the event with who reads what of it, what it changed in the row, how long each part took.

import { html } from "./html.js";
import { Logged } from "./logged.js";
import { fixed } from "./store.js";
import { clock, span } from "./words.js";

export function Facts({ told, step }) {
  const { event, heard } = step;
  const row = told.rows.find((one) => one.service === heard.service && one.key === heard.row);
  const commits = (row?.history ?? []).filter((one) => one.event_hash === event.event_hash);
  return html`<aside class="facts" aria-label="The step">
    ${heard.service ? html`<section class="card">
      <h2>${heard.service} <small>${heard.reception}</small></h2>
      ${commits.map((commit) => html`<${Commit} commit=${commit} key=${commit.version} />`)}
      ${commits.length ? null : html`<p class="empty">${row ? "The row does not remember this step." : "There is no row."}</p>`}
      <${Parts} step=${step} />
      ${row ? html`<details><summary>The row now: version ${row.version}</summary><${Value} value=${row.state} /></details>` : null}
    </section>` : null}
    <section class="card">
      <h2>${event.type} <small>from ${event.source}, ${clock(Date.parse(event.at))}</small></h2>
      <${Value} value=${event.fields} />
      <${Readers} event=${event} />
      <p class="ids"><code>${event.event_id}</code></p>
    </section>
    ${fixed.value.place === "recording" ? null : html`<${Logged} asked=${told.asked} event=${event} key=${told.asked} />`}
  </aside>`;
}

/** What a commit changed in the row's state: each field before and after. */
function Commit({ commit }) {
  if (!commit.changes) return html`<p class="empty">What it changed is not kept.</p>`;
  if (!commit.changes.length) return html`<p class="empty">It changed nothing in the row's state.</p>`;
  return html`<dl class="value changes">${commit.changes.map(
    (change) => html`<dt>${change.field}</dt><dd>
      ${"before" in change ? html`<del><${Value} value=${change.before} /></del>` : null}
      ${"after" in change ? html`<ins><${Value} value=${change.after} /></ins>` : null}</dd>`,
  )}</dl>`;
}

function Parts({ step }) {
  if (!step.segments.length) return null;
  return html`<dl class="parts">${step.segments.map(
    (one) => html`<dt><i class=${one.kind}></i>${one.kind}${one.exact ? "" : " (about)"}</dt><dd>${span(one.end - one.begin)}</dd>`,
  )}</dl>`;
}

/** Who reads which fields of the event, as the reactions declare it. */
function Readers({ event }) {
  const readers = Object.entries(fixed.value.reads?.[`${event.source}/${event.type}`] ?? {});
  if (!readers.length) return null;
  return html`<details><summary>Who reads what</summary><dl class="value">
    ${readers.map(([service, fields]) => html`<dt>${service}</dt><dd><code>${fields.join(", ") || "nothing but who and when"}</code></dd>`)}
  </dl></details>`;
}

/** A JSON value as lines of names and values. */
export function Value({ value }) {
  if (Array.isArray(value) && !value.length) return html`<code>[]</code>`;
  if (value === null || typeof value !== "object") {
    return html`<code class=${value === "(sensitive)" ? "hidden" : ""}>${typeof value === "string" ? value : JSON.stringify(value) ?? ""}</code>`;
  }
  return html`<dl class="value">${Object.entries(value).map(([name, one]) => html`<dt>${name}</dt><dd><${Value} value=${one} /></dd>`)}</dl>`;
}
