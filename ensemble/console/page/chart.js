// A metric over the last hour, as one line, with the threshold that an alarm compares it with.

import { html } from "./html.js";
import { clock, count } from "./words.js";

const WIDE = 600;
const TALL = 90;
const HOUR = 3_600_000;

export function Chart({ line, threshold, now }) {
  const values = line.points.map(([, value]) => value);
  const highest = Math.max(...values, threshold ?? 0, 1);
  const x = (at) => WIDE * (1 - (now - at) / HOUR);
  const y = (value) => TALL - 4 - ((TALL - 12) * value) / highest;
  const last = values.at(-1);
  const words = values.length ? `${line.label}: ${number(last)} now, at most ${number(Math.max(...values))} within the hour` : `${line.label}: no value within the hour`;
  return html`<figure class="chart">
    <figcaption>${words}${threshold === null ? "" : `; the alarm compares it with ${number(threshold)}`}</figcaption>
    ${values.length ? html`<svg viewBox="0 0 ${WIDE} ${TALL}" preserveAspectRatio="none" role="img" aria-label=${words}>
      <line class="axis" x1="0" x2=${WIDE} y1=${y(0)} y2=${y(0)} />
      ${threshold === null ? null : html`<line class="threshold" x1="0" x2=${WIDE} y1=${y(threshold)} y2=${y(threshold)} />`}
      ${values.length > 1 ? html`<polyline points=${line.points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ")} />` : null}
      ${values.length === 1 ? html`<circle cx=${x(line.points[0][0])} cy=${y(values[0])} r="3" />` : null}
    </svg>
    <p class="quiet"><span>${clock(now - HOUR).slice(0, 5)}</span><span>${clock(now).slice(0, 5)} UTC</span></p>` : null}
  </figure>`;
}

const number = (value) => (Number.isInteger(value) ? count(value) : value.toPrecision(3));
