// A workflow's page as one file, which opens offline: no script, no request, the facts of each step in sight.

import { render } from "preact";
import { Facts } from "./facts.js";
import { html } from "./html.js";
import { fixed } from "./store.js";
import { Whole } from "./waterfall.js";
import { instant } from "./words.js";

/** What a file has no use for: it cannot be asked. */
const ONLY_HERE = ".columns, .compare-with, .export";
const STYLE = "main{max-width:1440px;margin:auto}.waterfall{flex:none}.every{display:grid;gap:12px}.every .facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(340px,100%),1fr));align-items:start}";
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/**
 * Save what is shown of a workflow.
 *
 * @param {Record<string, any>} told its document
 * @param {any[]} steps its steps
 */
export function save(told, steps) {
  const page = standing(document.querySelector("main"));
  const whole = document.createElement("section");
  whole.className = "every";
  render(html`<${Whole} steps=${steps} /><h2>Each step</h2>${steps.map((step) => html`<${Facts} told=${told} step=${step} />`)}`, whole);
  page.append(standing(whole));
  render(null, whole);
  const read = document.createElement("p");
  read.className = "quiet";
  read.textContent = `${fixed.value.stage}, as of ${instant(Date.parse(told.now))}`;
  page.prepend(read);
  download(`${told.asked}.html`, fileOf(`${told.asked} · ${fixed.value.stage}`, page));
}

// The elements as they look now, without what waits for a hand.
function standing(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll(ONLY_HERE).forEach((one) => one.remove());
  copy.querySelectorAll("details").forEach((one) => (one.open = true));
  for (const button of copy.querySelectorAll("button")) {
    const still = document.createElement("div");
    still.className = button.className;
    still.append(...button.childNodes);
    button.replaceWith(still);
  }
  for (const one of copy.querySelectorAll("[href], [tabindex], [role=button]")) {
    ["href", "tabindex", "aria-pressed"].forEach((name) => one.removeAttribute(name));
    if (one.getAttribute("role") === "button") one.setAttribute("role", "img");
  }
  return copy;
}

// As text: the page's own policy would refuse the style of a document that is made here.
function fileOf(title, page) {
  const style = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText));
  const name = document.createElement("title");
  name.textContent = title;
  return `<!doctype html>
<html lang="en" style="color-scheme: ${document.documentElement.style.colorScheme}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
${name.outerHTML}
<style>${[...style, STYLE].join("\n")}</style>
</head>
<body><div>${page.outerHTML}</div></body>
</html>
`;
}

function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/html" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
