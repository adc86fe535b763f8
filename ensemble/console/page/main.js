// The frame of every page: what stage it is, the ways to the pages, the keys.

import { render } from "preact";
import { useEffect } from "preact/hooks";
import { Alarms } from "./alarms.js";
import { Compare } from "./compare.js";
import { DeadLetters } from "./dead_letters.js";
import { html } from "./html.js";
import { Help, isHelpOpen, listen } from "./keys.js";
import { Live } from "./live.js";
import { follow as followLink, route } from "./routes.js";
import { Scrubber } from "./scrubber.js";
import { Send } from "./send.js";
import { alarms, dead, failure, fixed, follow, isConnected, isPaused, pause, rate, recorded } from "./store.js";
import { Switches } from "./switches.js";
import { Workflow } from "./workflow.js";

/** @type {[string, (given: {argument: string}) => any][]} the pages by the beginning of their path: what follows is their argument */
const PAGES = [
  ["/workflow/", Workflow],
  ["/compare/", Compare],
  ["/dead-letters", DeadLetters],
  ["/alarms", Alarms],
  ["/send", Send],
  ["/switches", Switches],
  ["/", Live],
];

const THEMES = ["light dark", "light", "dark"];

function switchTheme() {
  const root = document.documentElement;
  const next = THEMES[(THEMES.indexOf(root.style.colorScheme || THEMES[0]) + 1) % THEMES.length];
  root.style.colorScheme = next;
  localStorage.setItem("theme", next);
}

function Link({ to, name, number = 0 }) {
  const is = to === "/" ? route.value.path === "/" : route.value.path.startsWith(to);
  return html`<a href=${to} aria-current=${is ? "page" : undefined}>${name}${number ? html` <b class="badge">${number}</b>` : null}</a>`;
}

function Head() {
  const { stage, place } = fixed.value;
  return html`<header class="head">
    <strong>Ensemble</strong>
    <span class="quiet">${stage} · ${place === "laptop" ? "laptop AWS" : place === "aws" ? "AWS" : `recording of ${fixed.value.recorded}`}</span>
    <nav aria-label="Pages">
      <${Link} to="/" name="Live" />
      ${place === "recording" ? null : html`<${Link} to="/dead-letters" name="Dead letters" number=${dead.value} />
      <${Link} to="/alarms" name="Alarms" number=${alarms.value} />`}
      ${fixed.value.can.operate ? html`<${Link} to="/send" name="Send" />` : null}
      ${fixed.value.can.laptop ? html`<${Link} to="/switches" name="Switches" />` : null}
    </nav>
    ${place === "recording" ? null : html`<span class="rate" title="Events a second, over ten seconds">
      <i class=${isConnected.value ? "dot on" : "dot"}></i>${isConnected.value ? `${rate.value.toFixed(1)} events/s` : "not connected"}
    </span>
    <button onClick=${pause} aria-pressed=${isPaused.value}>${isPaused.value ? "Go on" : "Pause"}</button>`}
    <button onClick=${switchTheme} title="Light, dark, or as the system has it" aria-label="Theme">◐</button>
    <button onClick=${() => (isHelpOpen.value = true)} title="Keys" aria-label="Keys">?</button>
  </header>`;
}

function App() {
  useEffect(() => listen(), []);
  if (!fixed.value) return html`<p class="alone" role="status">${failure.value || "Loading"}</p>`;
  const [beginning, Page] = PAGES.find(([path]) => route.value.path.startsWith(path));
  const argument = decodeURIComponent(route.value.path.slice(beginning.length));
  return html`<div onClick=${followLink}>
    <${Head} />
    ${recorded.value ? html`<${Scrubber} />` : null}
    ${failure.value ? html`<p class="failure" role="alert">${failure.value}</p>` : null}
    <main><${Page} argument=${argument} key=${beginning + argument} /></main>
    <${Help} />
  </div>`;
}

document.documentElement.style.colorScheme = localStorage.getItem("theme") || THEMES[0];
render(html`<${App} />`, document.body);
follow();
