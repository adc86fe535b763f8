// The steps of a workflow over time: each hop as publication, bus, queue and handler.

import { html } from "./html.js";
import { span } from "./words.js";

export function Waterfall({ told, picked }) {
  const rows = rowsOf(told);
  const begin = Math.min(...rows.map((row) => row.begin));
  const end = Math.max(...rows.map((row) => row.end), begin + 1);
  const share = (at) => `${(100 * (at - begin)) / (end - begin)}%`;
  return html`<section class="card waterfall" aria-label="Timeline">
    <h2>Timeline</h2>
    <ol>
      ${rows.map(
        (row) => html`<li key=${row.id}>
          <button class="plain step ${row.event_id === picked.value ? "selected" : ""}" aria-pressed=${row.event_id === picked.value} onClick=${() => (picked.value = row.event_id)}>
            <span class="name" style=${{ paddingLeft: `${row.depth * 0.9}em` }}>${row.type} <small>→ ${row.service || "nobody"}</small></span>
            <span class="lane"><i class=${row.state} style=${{ left: share(row.begin), width: `max(3px, calc(${share(row.end)} - ${share(row.begin)}))` }}></i></span>
            <span class="number">${span(row.end - row.begin)}</span>
          </button>
        </li>`,
      )}
    </ol>
  </section>`;
}

function rowsOf(told) {
  const caused = new Map();
  const ids = new Set(told.events.map((event) => event.event_id));
  for (const event of told.events) {
    const cause = ids.has(event.cause) ? event.cause : null;
    caused.set(cause, [...(caused.get(cause) || []), event]);
  }
  const rows = [];
  const visit = (event, depth) => {
    const at = Date.parse(event.at);
    const steps = event.heard.length ? event.heard : [{ service: "", reception: "handled", published: [] }];
    for (const step of steps) {
      const out = told.events.filter((one) => step.published?.includes(one.event_id)).map((one) => Date.parse(one.at));
      rows.push({ id: `${event.event_id}>${step.service}`, event_id: event.event_id, type: event.type, service: step.service, depth, begin: at, end: Math.max(at, ...out), state: step.reception === "handled" ? "handler" : "queue" });
    }
    for (const one of caused.get(event.event_id) || []) if (depth < 100) visit(one, depth + 1);
  };
  for (const root of caused.get(null) || []) visit(root, 0);
  return rows;
}
