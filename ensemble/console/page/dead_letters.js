// Dead letters in groups of queue, event and reason, and their way back. They are looked through when somebody asks.

import { useSignal } from "@preact/signals";
import { ask, READ_ONLY, useAsked } from "./asking.js";
import { html } from "./html.js";
import { useKeys } from "./keys.js";
import { workflowPath } from "./routes.js";
import { dead, fixed, stageNow, told as latest } from "./store.js";
import { clock, count, span } from "./words.js";

export function DeadLetters() {
  const { told, problem, isAsking, load, run } = useAsked("dead-letters");
  const done = useSignal("");
  useKeys({ r: load });

  const look = () => {
    done.value = "";
    load();
  };
  const sendBack = async (asked, number) => {
    const { stage, place } = fixed.value;
    if (place === "aws" && number > 1 && !confirm(`Send ${count(number)} dead letters back to ${asked.queue} of ${stage}?`)) return;
    const answer = await run(() => ask("dead-letters/send-back", asked));
    if (!answer) return;
    done.value = `${count(answer.sent)} went back to ${asked.queue} at ${clock(answer.at).slice(0, 8)}. Look again in a moment: what fails once more is told apart.`;
    if (asked.group) load();
    else told.value = without(told.value, asked.queue);
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
    ${found?.groups.map((group) => html`<${Group} key=${group.group} group=${group} whole=${found.queues[group.queue]} busy=${isAsking.value} sendBack=${sendBack} />`)}
  </section>`;
}

function said(found, isAsking) {
  if (!found) return isAsking ? "looking through the queues" : "";
  const groups = found.groups.length === 1 ? "1 group" : `${found.groups.length} groups`;
  const number = found.number ? `${count(found.number)} in ${groups}: queue, event, reason · ` : "";
  return `${number}looked through at ${clock(found.at).slice(0, 8)} UTC`;
}

function without(found, queue) {
  const groups = found.groups.filter((group) => group.queue !== queue);
  return { ...found, groups, number: groups.reduce((sum, group) => sum + group.number, 0) };
}

function Group({ group, whole, busy, sendBack }) {
  const now = (latest.value, stageNow());
  const { queue, number } = group;
  const more = number - group.letters.length;
  return html`<article class="letter-group">
    <b class="size">${count(number)}</b>
    <div class="about">
      <h3>${group.reason}</h3>
      <p class="quiet">${group.type || "no event"} → <code>${queue}</code> · first ${span(now - group.first)} ago, last ${span(now - group.last)} ago</p>
      ${group.again ? html`<p class="again"><i aria-hidden="true">↻</i> ${count(group.again.number)} of them went back at ${clock(group.again.sent_back).slice(0, 8)} and failed again: mend the cause first.</p>` : null}
      <p class="keys">${group.letters.map(
        (letter) => html`<a class="mono" href=${workflowPath(letter.key || letter.workflow)} title=${letter.workflow}>${letter.key || letter.workflow.slice(0, 8)}</a> `,
      )}${more > 0 ? html`<span class="quiet">and ${count(more)} more</span>` : null}</p>
    </div>
    ${fixed.value.can.operate
      ? html`<div class="actions">
          ${number > 1 ? html`<button disabled=${busy} onClick=${() => sendBack({ queue, group: group.group, most: 1 }, 1)} title="One of them first, to see whether it goes through">Send back 1</button>` : null}
          <button class="main" disabled=${busy} onClick=${() => sendBack({ queue, group: group.group }, number)}>Send back ${count(number)}</button>
          ${whole > number ? html`<button disabled=${busy} onClick=${() => sendBack({ queue }, whole)}>Send back all ${count(whole)} of this queue</button>` : null}
        </div>`
      : null}
  </article>`;
}
