// The steps of a saga in a line, each with how it is in words: those of a stage below each other, the way back beneath.

import { html } from "./html.js";
import { span, STATES } from "./words.js";

/** What a step's state looks like: as a state of workflows that has its shape and colour. */
const LOOKS = {
  sent: "waiting",
  done: "done",
  refused: "failed",
  undoing: "compensating",
  undone: "cancelled",
  skipped: "cancelled",
  never: "cancelled",
};

/** The sagas of a workflow, as its rows have them. @param {{ told: Record<string, any> }} props */
export function Sagas({ told }) {
  return told.rows.filter((row) => row.saga).map((row) => html`<${Saga} row=${row} now=${Date.parse(told.now)} key=${row.key} />`);
}

function Saga({ row, now }) {
  return html`<section class="card saga" aria-label=${`${row.service}, step by step`}>
    <h2>Step by step <small>${row.saga.text}</small></h2>
    <ol tabindex="0" aria-label=${`Stages of ${row.service}`}>
      ${row.saga.stages.map((stage) => html`<li><ul>${stage.map((step) => html`<${Step} step=${step} now=${now} key=${step.name} />`)}</ul></li>`)}
    </ol>
  </section>`;
}

function Step({ step, now }) {
  const isWaitedFor = step.state === "sent" || step.state === "undoing";
  const look = step.late ? "failed" : LOOKS[step.state] || "ahead";
  return html`<li class="of-saga ${look}" aria-current=${isWaitedFor ? "step" : null}>
    <b>${step.name}</b>
    <span class="state ${look}">${STATES[look] ? html`<svg viewBox="0 0 12 12" aria-hidden="true"><path d=${STATES[look].shape} /></svg>` : null}${step.text}</span>
    ${remarks(step, now).map((one) => html`<small>${one}</small>`)}
  </li>`;
}

/** What else there is to say of a step, each in few words. */
function remarks(step, now) {
  const until = step.answer_by === null ? 0 : Date.parse(step.answer_by) - now;
  return [
    step.pivot ? "the pivot: after it there is no way back" : "",
    step.when ? `only if ${step.when}` : "",
    step.command ? "" : `by ${[step.done, ...step.refused].join(" or ")}`,
    step.asked_at === null || step.state === "done" ? "" : `asked for ${span(now - Date.parse(step.asked_at))} ago`,
    step.answer_by === null ? "" : until > 0 ? `to answer within ${span(until)}` : `to have answered ${span(-until)} ago`,
    step.undo ? `↩ ${step.undo}` : "",
  ].filter(Boolean);
}
