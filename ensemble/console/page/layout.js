// Where the picture's nodes and lines lie: what Graphviz makes of the DOT, as numbers and paths.

import { instance } from "@viz-js/viz";

const MARGIN = 10;
const done = new Map();

/**
 * @typedef {{x: number, y: number}} Point
 * @typedef {{id: string, name: string, left: number, top: number, width: number, height: number}} Box
 * @typedef {{event: string, service: string, isHeard: boolean, points: Point[], end: Point}} Way
 *   `isHeard`: from the event to who hears it; otherwise from its publisher to it. It ends in `end`.
 * @typedef {{width: number, height: number, services: Box[], events: Box[], ways: Way[]}} Layout
 */

/** Lay a picture out, once for each DOT. @param {string} dot @returns {Promise<Layout>} */
export function layoutOf(dot) {
  if (!done.has(dot)) done.set(dot, instance().then((viz) => read(JSON.parse(viz.renderString(dot, { format: "json0", yInvert: true })))));
  return done.get(dot);
}

function read({ bb, objects = [], edges = [] }) {
  const [, y0, x1, y1] = numbers(bb);
  const [width, height] = [x1, Math.abs(y1 - y0)];
  const names = objects.map((one) => one.name);
  const boxes = objects.filter((one) => one.pos).map(box);
  return {
    width: width + 2 * MARGIN,
    height: height + 2 * MARGIN,
    services: boxes.filter((one) => one.id.startsWith("service:")),
    events: boxes.filter((one) => one.id.startsWith("event:")),
    ways: edges.filter((one) => one.style !== "invis").map((one) => way(one, names)),
  };
}

function box({ name, pos, width, height }) {
  const [x, y] = numbers(pos);
  const [wide, high] = [width * 72, height * 72];
  const plain = name.slice(name.indexOf(":") + 1);
  return { id: name, name: plain, left: x - wide / 2 + MARGIN, top: y - high / 2 + MARGIN, width: wide, height: high };
}

// A reversed edge has its arrow at its tail: then it is read from its end.
function way({ tail, head, pos, dir }, names) {
  const parts = pos.split(" ");
  const end = parts.find((part) => /^[es],/.test(part));
  const points = parts.filter((part) => !/^[es],/.test(part)).map(point);
  const [from, to] = dir === "back" ? [names[head], names[tail]] : [names[tail], names[head]];
  const isHeard = to.startsWith("service:");
  const [event, service] = isHeard ? [from, to] : [to, from];
  return {
    event: event.slice("event:".length),
    service: service.slice("service:".length),
    isHeard,
    points: dir === "back" ? points.reverse() : points,
    end: point(end.slice(2)),
  };
}

const numbers = (text) => text.split(",").map(Number);

function point(text) {
  const [x, y] = numbers(text);
  return { x: x + MARGIN, y: y + MARGIN };
}

/** The way as the commands of an SVG path; `isJoined`: it goes on from another one. @param {Way} one */
export function pathOf({ points, end }, isJoined = false) {
  const [first, ...rest] = points;
  return `${isJoined ? "L" : "M"}${at(first)} C${rest.map(at).join(" ")} L${at(end)}`;
}

/** The middle of a way: of its middle curve. @param {Way} one */
export function middleOf({ points }) {
  const first = 3 * Math.floor((points.length - 1) / 6);
  const [a, b, c, d] = points.slice(first, first + 4);
  return { x: (a.x + 3 * b.x + 3 * c.x + d.x) / 8, y: (a.y + 3 * b.y + 3 * c.y + d.y) / 8 };
}

/** The head of the arrow at a way's end, as an SVG path. @param {Way} one */
export function headOf({ points, end }) {
  const last = points[points.length - 1];
  const length = Math.hypot(end.x - last.x, end.y - last.y) || 1;
  const [dx, dy] = [(end.x - last.x) / length, (end.y - last.y) / length];
  const [x, y] = [end.x - 7 * dx, end.y - 7 * dy];
  return `M${at(end)} L${at({ x: x - 3.2 * dy, y: y + 3.2 * dx })} L${at({ x: x + 3.2 * dy, y: y - 3.2 * dx })} Z`;
}

const at = ({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`;
