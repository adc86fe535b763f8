// Dead letters in groups of queue, event, reason and code: what would become of them, and their way back or out.
// They are looked through when somebody asks.

import { useSignal } from "@preact/signals";
import { ask, READ_ONLY, useAsked } from "./asking.js";
import { html } from "./html.js";
import { useKeys } from "./keys.js";
import { workflowPath } from "./routes.js";
import { dead, fixed, stageNow, told as latest } from "./store.js";
import { clock, count, span } from "./words.js";

/** So many are redriven at once; `ensemble dlq redrive` can do more. */
const MOST_AT_ONCE = 100;

export function DeadLetters() {
  const { told, problem, isAsking, load, run } = useAsked("dead-letters");
  const done = useSignal("");
  useKeys({ r: load });

  const look = () => {
    done.value = "";
    load();
  };
  const act = async (asked, sure) => {
    if (sure && !confirm(sure)) return null;
    done.value = "";
    return run(asked);
  };
  const forecast = async (group) => {
    const answer = await act(() => ask(`dead-letters/forecast?group=${group.group}`));
    if (answer) done.value = `Of ${count(answer.number)} ${group.type || "letters"}: ${foretold(answer.forecast)}.`;
  };
  const redrive = async (group, most) => {
    const { stage, place } = fixed.value;
    const sure = place === "aws" && most > 1 && `Redrive ${count(most)} dead letters to ${group.queue} of ${stage}?`;
    const answer = await act(() => ask("dead-letters/redrive", { group: group.group, most }), sure);
    if (!answer) return;
    await load();
    done.value = redriven(answer);
  };
  const drop = async (group) => {
    const why = prompt(`Drop ${count(group.number)} dead letters of ${group.queue} for good? Say why nobody needs them.`);
    const answer = why && (await act(() => ask("dead-letters/drop", { group: group.group, why })));
    if (!answer) return;
    await load();
    done.value = `${count(answer.dropped)} were dropped: ${why}`;
  };

  const found = told.value;
  const since = found ? dead.value - found.number : 0;
  return html`<section class="card letters" aria-label="Dead letters">
    <h2>Dead letters <small>${said(found, isAsking.value)}</small>
      <button onClick=${look} disabled=${isAsking.value}>Look again <kbd>r</kbd></button></h2>
    ${problem.value ? html`<p class="note failed" role="alert">${problem.value}</p>` : null}
    ${done.value ? html`<p class="note" role="status">${done.value}</p>` : null}
    ${since > 0 && !isAsking.value ? html`<p class="note waiting" role="status">${count(since)} more since you looked.</p>` : null}
    ${found && !fixed.value.can.operate ? html`<p class="note">${READ_ONLY}</p>` : null}
    ${found && !found.groups.length ? html`<p class="empty">No dead letter. What no try can help would be here, with its reason.</p>` : null}
    ${found?.groups.map((group) => html`<${Group} key=${group.group} group=${group} busy=${isAsking.value} forecast=${forecast} redrive=${redrive} drop=${drop} />`)}
  </section>`;
}

function said(found, isAsking) {
  if (!found) return isAsking ? "looking through the queues" : "";
  const groups = found.groups.length === 1 ? "1 group" : `${found.groups.length} groups`;
  const number = found.number ? `${count(found.number)} in ${groups}: queue, event, reason · ` : "";
  return `${number}looked through at ${clock(found.at).slice(0, 8)} UTC`;
}

const foretold = (forecast) =>
  forecast.map((one) => `${count(one.number)} ${one.ahead}${one.text ? ` (${one.text})` : ""}`).join(", ") || "nothing";

function redriven(answer) {
  if (!answer.going) return `Nothing would go through, so nothing was redriven: ${foretold(answer.forecast)}.`;
  const again = answer.failed.length ? `, ${count(answer.failed.length)} failed again: ${answer.failed[0]}` : "";
  return `${count(answer.sent)} were redriven, ${count(answer.handled)} of them are handled${again}.`;
}

function Group({ group, busy, forecast, redrive, drop }) {
  const now = (latest.value, stageNow());
  const { queue, number } = group;
  const more = number - group.letters.length;
  return html`<article class="letter-group">
    <b class="size">${count(number)}</b>
    <div class="about">
      <h3>${group.reason}</h3>
      <p class="quiet">${group.type || "no event"} → <code>${queue}</code> · first ${span(now - group.first)} ago, last ${span(now - group.last)} ago</p>
      <p class="quiet">${group.cause}</p>
      ${group.again ? html`<p class="again"><i aria-hidden="true">↻</i> ${count(group.again.number)} of them were redriven at ${clock(group.again.redriven).slice(0, 8)} and failed again: mend the cause first.</p>` : null}
      <p class="keys">${group.letters.map(
        (letter) => html`<a class="mono" href=${workflowPath(letter.key || letter.workflow)} title=${letter.workflow}>${letter.key || letter.workflow.slice(0, 8)}</a> `,
      )}${more > 0 ? html`<span class="quiet">and ${count(more)} more</span>` : null}</p>
    </div>
    <div class="actions">
      <button disabled=${busy} onClick=${() => forecast(group)} title="By the code of this tree on the rows as they are now; nothing is written">Forecast</button>
      ${fixed.value.can.operate
        ? html`${number > 1 ? html`<button disabled=${busy} onClick=${() => redrive(group, 1)} title="The oldest one first, to see whether it goes through">Redrive 1</button>` : null}
            <button class="main" disabled=${busy} onClick=${() => redrive(group, Math.min(number, MOST_AT_ONCE))}>Redrive ${count(Math.min(number, MOST_AT_ONCE))}</button>
            <button disabled=${busy} onClick=${() => drop(group)}>Drop ${count(number)}</button>`
        : null}
    </div>
  </article>`;
}
