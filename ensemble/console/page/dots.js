// Dots that go from an event's publisher to who hears it.

import { pathOf } from "./layout.js";

const MOST = 40;
const SPREAD = 380; // milliseconds over which one batch sets out: batches come each 400
const GOING = 900;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const SVG = "http://www.w3.org/2000/svg";

/**
 * Let a dot go for each event to each of its hearers: of many events only some, and none for who wants no motion.
 *
 * @param {SVGGElement} layer
 * @param {import("./layout.js").Way[]} ways
 * @param {{type: string, source: string}[]} events
 * @param {Set<string>} undo the events off the happy path
 */
export function move(layer, ways, events, undo) {
  if (STILL.matches || document.hidden || !events.length) return;
  const routes = routesOf(ways);
  const all = events.flatMap(({ source, type }) => (routes.get(`${source}/${type}`) || []).map((path) => ({ path, isUndo: undo.has(`${source}/${type}`) })));
  const room = MOST - layer.childElementCount;
  const step = Math.max(1, Math.ceil(all.length / Math.max(room, 1)));
  const some = room > 0 ? all.filter((_, index) => index % step === 0) : [];
  some.forEach((dot, index) => go(layer, dot, (index / some.length) * SPREAD));
}

function go(layer, { path, isUndo }, delay) {
  const dot = document.createElementNS(SVG, "circle");
  dot.setAttribute("r", "3.5");
  if (isUndo) dot.setAttribute("class", "undo");
  dot.style.offsetPath = `path("${path}")`;
  layer.append(dot);
  const frames = [{ offsetDistance: "0%", opacity: 0 }, { opacity: 1, offset: 0.1 }, { opacity: 1, offset: 0.92 }, { offsetDistance: "100%", opacity: 0 }];
  const going = dot.animate(frames, { duration: GOING, delay, easing: "ease-in-out", fill: "backwards" });
  going.onfinish = going.oncancel = () => dot.remove();
}

const known = new WeakMap();

/** The whole way of each event to each hearer, by `SOURCE/TYPE`. */
function routesOf(ways) {
  if (!known.has(ways)) {
    const routes = new Map();
    const begins = new Map(ways.filter((one) => !one.isHeard).map((one) => [one.event, pathOf(one)]));
    for (const one of ways) if (one.isHeard) routes.set(one.event, [...(routes.get(one.event) || []), `${begins.get(one.event)} ${pathOf(one, true)}`]);
    known.set(ways, routes);
  }
  return known.get(ways);
}
