// Any command or event from outside, sent by a form that is made from its schema.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask, READ_ONLY, useAsked } from "./asking.js";
import { Fields } from "./fields.js";
import { html } from "./html.js";
import { filter, route, workflowPath } from "./routes.js";
import { fixed } from "./store.js";

export function Send() {
  const { told, problem } = useAsked(fixed.value.can.operate ? "send" : "");
  if (!fixed.value.can.operate) return html`<p class="alone">${READ_ONLY}</p>`;
  if (!told.value) return html`<p class="alone" role="status">${problem.value || "Loading"}</p>`;
  const { types } = told.value;
  if (!types.length) return html`<p class="alone">Nothing comes into this application from outside.</p>`;
  const picked = types.find((one) => one.type === route.value.query.get("type")) || types[0];
  return html`<div class="sending">
    <nav class="card types" aria-label="What can be sent"><h2>From outside</h2>
      ${types.map((one) => html`<button key=${one.type} class="plain line ${one === picked ? "selected" : ""}" aria-pressed=${one === picked} onClick=${() => filter({ type: one.type })}>
        <b>${one.type}</b><small>${one.source}</small></button>`)}
    </nav>
    <${Form} key=${picked.type} type=${picked.type} />
  </div>`;
}

function Form({ type }) {
  const path = `send/${encodeURIComponent(type)}`;
  const { told, problem, isAsking, run } = useAsked(path);
  const fields = useSignal(null);
  const fault = useSignal(null);
  const sent = useSignal([]);
  useEffect(() => {
    if (told.value && !fields.value) fields.value = told.value.fields;
  }, [told.value]);

  const renew = async () => {
    const form = await run(() => ask(path));
    if (form) fields.value = { ...fields.value, ...Object.fromEntries(form.fresh.map((name) => [name, form.fields[name]])) };
  };
  const submit = async (event) => {
    event.preventDefault();
    const answer = await run(() => ask("send", { type, fields: fields.value }));
    if (!answer) return;
    fault.value = answer.fault || null;
    if (answer.fault) return focusOn(Object.keys(answer.fault.at)[0]);
    sent.value = [answer, ...sent.value].slice(0, 10);
  };

  if (!told.value || !fields.value) return html`<p class="alone" role="status">${problem.value || "Loading"}</p>`;
  const form = told.value;
  return html`<form class="card form" onSubmit=${submit} novalidate aria-label=${type} autocomplete="off">
    <h2>${type} <small>${form.version}, from ${form.source}</small></h2>
    <div class="body">
      <p class="quiet">${form.description}</p>
      <${Fields} schema=${form.schema} value=${fields.value} at="" fault=${fault.value} change=${(value) => (fields.value = value)} />
      ${fault.value && Object.keys(fault.value.at).includes("") ? html`<p class="note failed" role="alert">${fault.value.text}</p>` : null}
      ${problem.value ? html`<p class="note failed" role="alert">${problem.value}</p>` : null}
      <p class="buttons">
        <button class="main" disabled=${isAsking.value}>Send ${type}</button>
        ${form.fresh.length ? html`<button type="button" onClick=${renew} title="Fresh ${form.fresh.join(", ")}, as a repeated command is a duplicate">New key</button>` : null}
      </p>
      <ul class="sent" aria-live="polite">${sent.value.map((one) => html`<li key=${one.event_id}><span class="state done"><i aria-hidden="true">✓</i>sent</span>
        <a href=${workflowPath(one.workflow)}>${one.key || one.workflow}</a> <code class="quiet">${one.event_id}</code>
        ${one.unheard ? html`<p class="note waiting">${one.unheard}</p>` : null}</li>`)}</ul>
    </div>
  </form>`;
}

const focusOn = (place) => requestAnimationFrame(() => document.getElementById(`field-${place}`)?.focus());
