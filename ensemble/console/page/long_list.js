// A list of any length: only the rows in sight exist.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "./html.js";

const ROWS_BEYOND = 8;

/**
 * @param {{box: {current: HTMLElement}, items: any[], row: (item: any, top: number) => any, pixels: number, label: string, onHold?: () => void, onRelease?: () => void, children?: any}} given
 * `row` draws an item at a place, in pixels from the top. `pixels`: the height of a row.
 */
export function LongList({ box, items, row, pixels, label, onHold, onRelease, children }) {
  const top = useSignal(0);
  const height = useSignal(600);
  useEffect(() => {
    const shown = box.current; // a change may still be told when the list has gone
    const watch = new ResizeObserver(() => (height.value = shown.clientHeight));
    watch.observe(shown);
    return () => watch.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(top.value / pixels) - ROWS_BEYOND);
  const last = Math.min(items.length, Math.ceil((top.value + height.value) / pixels) + ROWS_BEYOND);
  return html`<div class="rows" ref=${box} tabindex="0" role="group" aria-label=${label}
    onScroll=${(event) => (top.value = event.target.scrollTop)} onMouseEnter=${onHold} onMouseLeave=${onRelease}>
    ${children}
    <ol class="long" style=${{ height: `${items.length * pixels}px` }}>
      ${items.slice(first, last).map((item, place) => row(item, (first + place) * pixels))}
    </ol>
  </div>`;
}

/** Scroll so that a row is in sight. @param {HTMLElement} box */
export function bringIntoSight(box, place, pixels) {
  const top = place * pixels;
  if (top < box.scrollTop) box.scrollTop = top;
  if (top + pixels > box.scrollTop + box.clientHeight) box.scrollTop = top + pixels - box.clientHeight;
}
