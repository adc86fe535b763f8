// What the services have logged because of an event, and what was told X-Ray of it: read when somebody opens it.

import { useSignal } from "@preact/signals";
import { useAsked } from "./asking.js";
import { html } from "./html.js";
import { clock, span } from "./words.js";

export function Logged({ asked, event }) {
  const isOpen = useSignal(false);
  return html`<section class="card"><details onToggle=${(toggled) => (isOpen.value = toggled.target.open)}>
    <summary>Log lines and X-Ray</summary>
    ${isOpen.value ? html`<${Found} asked=${asked} event=${event} />` : null}
  </details></section>`;
}

function Found({ asked, event }) {
  const { told, problem } = useAsked(`logged/${encodeURIComponent(asked)}`);
  if (!told.value) return html`<p class="empty" role="status">${problem.value || "Loading"}</p>`;
  const lines = told.value.lines.filter(({ line }) => line.event_id === event.event_id);
  const segments = told.value.segments.filter((one) => one.annotations.event_id === event.event_id);
  return html`
    ${lines.length ? null : html`<p class="empty">No line is about this event.</p>`}
    ${lines.map(({ at, line }) => html`<details class="logged"><summary><time>${clock(Date.parse(at))}</time> ${line.service} <b>${line.message}</b></summary>
      <pre tabindex="0">${JSON.stringify(line, null, 2)}</pre></details>`)}
    ${segments.map((one) => html`<p class="segment"><span>X-Ray</span> <b>${one.name}</b>${one.fault ? html` <span class="undo">fault</span>` : null}
      ${one.end ? span(1000 * (one.end - one.begin)) : "in progress"} <code>${one.trace}</code></p>`)}
    ${segments.length ? null : html`<p class="empty">X-Ray was told nothing of this event.</p>`}`;
}
