// Alarms: which go off and since when, what each has looked at, and what the runbook says to do.

import { useEffect } from "preact/hooks";
import { useAsked } from "./asking.js";
import { Chart } from "./chart.js";
import { html } from "./html.js";
import { useKeys } from "./keys.js";
import { filter, route } from "./routes.js";
import { alarms as ringing, stageNow, told as latest } from "./store.js";
import { instant, span } from "./words.js";

const SECONDS_BETWEEN_LOOKS = 30;
const STATES = {
  ALARM: { word: "goes off", sign: "✕", shown: "failed" },
  OK: { word: "quiet", sign: "✓", shown: "done" },
  INSUFFICIENT_DATA: { word: "no data", sign: "?", shown: "unknown" },
};

export function Alarms() {
  const { told, problem, load } = useAsked("alarms");
  useEffect(() => {
    const timer = setInterval(load, SECONDS_BETWEEN_LOOKS * 1_000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (told.value) load();
  }, [ringing.value]);

  const all = told.value?.alarms || [];
  const known = all.filter((alarm) => alarm.state !== "INSUFFICIENT_DATA");
  const picked = all.find((alarm) => alarm.name === route.value.query.get("alarm")) || all[0];
  const move = (by) => () => {
    const next = all[Math.min(Math.max(all.indexOf(picked) + by, 0), all.length - 1)];
    if (next) filter({ alarm: next.name });
  };
  useKeys({ j: move(1), k: move(-1), ArrowDown: move(1), ArrowUp: move(-1) });

  if (!told.value) return html`<p class="alone" role="status">${problem.value || "Loading"}</p>`;
  const off = all.filter((alarm) => alarm.state === "ALARM").length;
  return html`<div class="alarms">
    <section class="card" aria-label="Alarms">
      <h2>Alarms <small>${off ? `${off} of ${all.length} go off` : `none of ${all.length} goes off`}</small></h2>
      ${all.length ? null : html`<p class="empty">This stage has no alarms: it is configured without.</p>`}
      <ul>${known.map((alarm) => html`<${Line} key=${alarm.name} alarm=${alarm} picked=${picked} />`)}</ul>
      ${known.length < all.length
        ? html`<h3 class="apart">No data yet</h3>
            <ul>${all.filter((alarm) => !known.includes(alarm)).map((alarm) => html`<${Line} key=${alarm.name} alarm=${alarm} picked=${picked} />`)}</ul>`
        : null}
    </section>
    ${picked ? html`<${Alarm} alarm=${picked} key=${picked.name} />` : null}
  </div>`;
}

export function AlarmState({ state }) {
  const { word, sign, shown } = STATES[state];
  return html`<span class="state ${shown}"><i aria-hidden="true">${sign}</i>${word}</span>`;
}

function Line({ alarm, picked }) {
  const now = (latest.value, stageNow());
  return html`<li><button class="plain line ${alarm === picked ? "selected" : ""}" aria-pressed=${alarm === picked} onClick=${() => filter({ alarm: alarm.name })}>
    <${AlarmState} state=${alarm.state} />
    <span><b>${alarm.owner}</b> ${alarm.kind}</span>
    <span class="number">${span(now - alarm.since)}</span>
  </button></li>`;
}

function Alarm({ alarm }) {
  const { told, problem } = useAsked(`alarms/${encodeURIComponent(alarm.name)}`);
  return html`<section class="card alarm" aria-label=${alarm.name}>
    <h2>${alarm.name}</h2>
    <div class="body">
      <p><${AlarmState} state=${alarm.state} /> <span class="quiet">since ${instant(alarm.since)}</span></p>
      <p>${alarm.description}</p>
      <p class="quiet">${alarm.reason}</p>
      ${problem.value ? html`<p class="note failed" role="alert">${problem.value}</p>` : null}
      ${told.value?.lines.map((line) => html`<${Chart} key=${line.label} line=${line} threshold=${told.value.threshold} now=${stageNow()} />`)}
    </div>
    ${told.value ? html`<${Runbook} text=${told.value.runbook} kind=${alarm.kind} />` : null}
  </section>`;
}

// The server renders the project's own file, without any HTML that stands in it.
function Runbook({ text, kind }) {
  if (!text) return html`<p class="empty">docs/runbook.md has no section ${kind}.</p>`;
  return html`<h3 class="apart">Runbook: ${kind}</h3><div class="body runbook" dangerouslySetInnerHTML=${{ __html: text }}></div>`;
}
