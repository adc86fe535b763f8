// What the keyboard does, and the list of it.

import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { html } from "./html.js";
import { go } from "./routes.js";
import { pause } from "./store.js";

export const isHelpOpen = signal(false);

const KEYS = [
  ["/", "Search"],
  ["j k", "Next and previous row"],
  ["Enter", "Open the row"],
  ["Esc", "Close, or back to Live"],
  ["p", "Pause, or go on; play a recording"],
  [", .", "Event before, next event of a recording"],
  ["l", "Live"],
  ["d", "Dead letters"],
  ["a", "Alarms"],
  ["s", "Send"],
  ["w", "Switches"],
  ["r", "Look again, at dead letters"],
  ["?", "This list"],
];

/** What a page does at a key, by key: it registers it while it is shown. */
const ofThePage = new Map();

/** Let a page answer keys while it is shown. @param {Record<string, () => void>} keys */
export function useKeys(keys) {
  // Of the layout: other effects are told for a moment after the page has gone.
  useLayoutEffect(() => {
    for (const [key, action] of Object.entries(keys)) ofThePage.set(key, action);
    return () => Object.keys(keys).forEach((key) => ofThePage.delete(key));
  });
}

const EVERYWHERE = {
  p: pause,
  l: () => go("/"),
  d: () => go("/dead-letters"),
  a: () => go("/alarms"),
  s: () => go("/send"),
  w: () => go("/switches"),
  "?": () => (isHelpOpen.value = true),
  Escape: () => go("/"),
};

/** Listen to the keyboard; returns what stops it. */
export function listen() {
  addEventListener("keydown", press);
  return () => removeEventListener("keydown", press);
}

function press(event) {
  if (event.metaKey || event.ctrlKey || event.altKey || isHelpOpen.value) return;
  const isTyping = event.target.matches?.("input:not([type=range]), textarea, select");
  if (isTyping && event.key === "Escape") event.target.blur();
  if (isTyping || (event.key === "Enter" && event.target.matches?.("a, button, summary, [role=button]"))) return;
  const action = ofThePage.get(event.key) || EVERYWHERE[event.key];
  if (action) {
    event.preventDefault();
    action();
  }
}

export function Help() {
  const dialog = useRef(null);
  useEffect(() => {
    if (isHelpOpen.value) dialog.current.showModal();
  }, [isHelpOpen.value]);
  if (!isHelpOpen.value) return null;
  const close = () => (isHelpOpen.value = false);
  return html`<dialog ref=${dialog} class="help" aria-label="Keys" onClose=${close} onClick=${() => dialog.current.close()}>
    <h2>Keys</h2>
    <dl>${KEYS.map(([key, what]) => html`<dt><kbd>${key}</kbd></dt><dd>${what}</dd>`)}</dl>
    <button autofocus onClick=${() => dialog.current.close()}>Close</button>
  </dialog>`;
}
