// What can be done to a laptop AWS: stop a service, move the clock, switch a fault on.

import { useSignal } from "@preact/signals";
import { ask, useAsked } from "./asking.js";
import { html } from "./html.js";
import { fixed, nodes, stageNow, told as latest } from "./store.js";
import { instant } from "./words.js";

const LEAPS = [["1 min", 60], ["15 min", 900], ["1 h", 3_600], ["1 d", 86_400], ["13 d", 13 * 86_400]];

export function Switches() {
  const { told, problem, isAsking, run } = useAsked(fixed.value.can.laptop ? "switches" : "");
  const came = useSignal(null);
  if (!fixed.value.can.laptop) return html`<p class="alone">There are switches on a laptop alone: a deployed stage is not made to fail here.</p>`;
  if (!told.value) return html`<p class="alone" role="status">${problem.value || "Loading"}</p>`;
  const change = async (path, body) => {
    const answer = await run(() => ask(`switches/${path}`, body));
    if (answer && path === "clock") came.value = answer;
    else if (answer) told.value = answer;
  };
  const common = { told: told.value, change, busy: isAsking.value };
  const on = told.value.faults.filter((fault) => fault.on.length).length;
  return html`
    ${problem.value ? html`<p class="note failed" role="alert">${problem.value}</p>` : null}
    <div class="switches">
      <${Services} ...${common} />
      <${Clock} ...${common} came=${came.value} />
    </div>
    <section class="card" aria-label="Faults"><h2>Faults <small>${on ? `${on} on` : "none is on"}; those of ensemble simulate, by name</small></h2>
      ${told.value.faults.map((fault) => html`<${Fault} key=${fault.name} fault=${fault} ...${common} />`)}
      <details><summary>${told.value.only_simulated.length} more that the simulator has alone</summary>
        <p class="quiet body">${told.value.only_simulated.join(" · ")}. They need virtual time, another version or a person: ensemble simulate plays them by the thousand.</p></details>
    </section>`;
}

function Services({ told, change, busy }) {
  return html`<section class="card" aria-label="Services"><h2>Services</h2>
    <p class="quiet body">A service that is stopped takes no message: what comes waits in its queues, and is handled when it starts again. On AWS the same is done to its event source mappings.</p>
    <ul>${told.services.map((service) => {
      const waiting = nodes.value[service.name]?.waiting || 0;
      return html`<li class="line" key=${service.name}>
        <span class="state ${service.is_stopped ? "stopped" : "done"}"><i aria-hidden="true">${service.is_stopped ? "■" : "✓"}</i>${service.is_stopped ? "stopped" : "runs"}</span>
        <span><b>${service.name}</b> <small>${waiting ? `${waiting} waiting` : ""}</small></span>
        <button disabled=${busy} onClick=${() => change("service", { service: service.name, stopped: !service.is_stopped })}>${service.is_stopped ? "Start" : "Stop"} <span class="unseen">${service.name}</span></button>
      </li>`;
    })}</ul>
  </section>`;
}

function Clock({ change, busy, came }) {
  latest.value; // the clock goes on with each batch
  return html`<section class="card" aria-label="Clock"><h2>Clock <small>${instant(stageNow()).slice(0, 19)} UTC</small></h2>
    <div class="body">
      <p class="quiet">The time there moves on at once, and all that comes due on the way happens: retries, timers, schedules, alarms. It never goes back.</p>
      <p class="buttons">${LEAPS.map(([words, seconds]) => html`<button key=${words} disabled=${busy} onClick=${() => change("clock", { seconds })}>+ ${words}</button>`)}</p>
      ${came ? html`<p role="status">${cameDue(came)}</p>` : null}
    </div>
  </section>`;
}

function cameDue({ schedules, again, number_of_events: events }) {
  const sum = (counts) => Object.values(counts).reduce((all, one) => all + one, 0);
  const said = [[sum(schedules), "runs by a schedule"], [sum(again), "messages handed over again"], [events, "events"]];
  return `Came due: ${said.map(([number, what]) => `${number} ${what}`).join(", ")}.`;
}

function Fault({ fault, change, busy }) {
  const isOn = (target) => fault.on.includes(target);
  return html`<article class="fault-switch ${fault.on.length ? "on" : ""}">
    <div><h3>${fault.words}</h3><p>${fault.does}</p><p class="quiet">${fault.expect}</p></div>
    <div class="buttons" role="group" aria-label=${fault.words}>${fault.targets.map(
      (target) => html`<button key=${target} disabled=${busy} aria-pressed=${isOn(target)} onClick=${() => change("fault", { name: fault.name, target, on: !isOn(target) })}>
        ${fault.of === "stage" ? (isOn(target) ? "on" : "off") : target}</button>`,
    )}${fault.targets.length ? null : html`<span class="quiet">no ${fault.of} here</span>`}</div>
  </article>`;
}
