// The picture of who hears what: services as cards, events as pills with their counts, what happens as moving dots.

import { computed, effect, signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { html } from "./html.js";
import { headOf, layoutOf, middleOf, pathOf } from "./layout.js";
import { move } from "./dots.js";

const WIDE = matchMedia("(min-width: 700px)");

/** Counts as a pill has room for them: 99,999, then 100K. */
const shortly = (number) => number.toLocaleString("en-US", number > 99_999 ? { notation: "compact", maximumFractionDigits: 1 } : {});

/** The shapes of the states, within ten by ten pixels. */
const SHAPES = {
  stopped: "M1,1 H9 V9 H1 Z",
  failing: "M1,2.4 L2.4,1 L5,3.6 L7.6,1 L9,2.4 L6.4,5 L9,7.6 L7.6,9 L5,6.4 L2.4,9 L1,7.6 L3.6,5 Z",
  waiting: "M1.5,0.5 H8.5 L5.6,5 L8.5,9.5 H1.5 L4.4,5 Z",
  fault: "M0.5,9.5 L5,0.5 L9.5,9.5 Z M4.4,3.6 H5.6 V6.4 H4.4 Z M4.4,7.2 H5.6 V8.4 H4.4 Z",
};

const NOTHING = signal({});
const QUIET = { state: "ok", text: "", since: "", said: "" };

/**
 * The graph of a stage. Counts and states change in place: the picture itself is drawn once.
 *
 * @param {object} props
 * @param {{services: {name: string, outside: boolean}[], events: {type: string, source: string, path: string}[],
 *   edges: {event: string, source: string, service: string}[], dot: {wide: string, tall: string}}} props.graph as the
 *   server tells it
 * @param {import("@preact/signals").Signal<Record<string, number>>} props.counts by `SOURCE/TYPE`
 * @param {import("@preact/signals").Signal<Record<string, {state: string, text: string}>>} props.nodes by service
 * @param {import("@preact/signals").Signal<Record<string, {state: string, text: string, since: string, said: string}>>} [props.edges] by
 *   `SOURCE/TYPE>SERVICE`
 * @param {import("@preact/signals").Signal<{type: string, source: string}[]>} props.events what has just arrived
 * @param {Set<string>} [props.walked] the `SOURCE/TYPE` and `SOURCE/TYPE>SERVICE` that were; all else is dimmed
 * @param {Record<string, string>} [props.reasons] why not, by `TYPE>SERVICE`
 * @param {(name: string) => void} props.onPick told a service's name or an event's type
 */
export function Graph({ graph, counts, nodes, edges = NOTHING, events, walked, reasons = {}, onPick }) {
  const laid = useLayout(graph.dot);
  const frame = useRef(null);
  useEffect(() => laid && frame.current && middle(frame.current, laid), [laid]);
  if (!laid) return html`<div class="graph" ref=${frame}></div>`;
  return html`<div class="graph" ref=${frame} onPointerOver=${hint}>
    <${Picture} key=${laid} ...${{ graph, laid, counts, nodes, edges, events, walked, reasons, onPick }} />
  </div>`;
}

// The pointer shows what is read out of a node: all that a card has no room for.
function hint({ currentTarget, target }) {
  currentTarget.title = target.closest("[role=button]")?.getAttribute("aria-label") || "";
}

function useLayout({ wide, tall }) {
  const [isWide, setIsWide] = useState(WIDE.matches);
  const [laid, setLaid] = useState(null);
  useEffect(() => {
    const turned = () => setIsWide(WIDE.matches);
    WIDE.addEventListener("change", turned);
    return () => WIDE.removeEventListener("change", turned);
  }, []);
  useEffect(() => {
    let isWanted = true;
    layoutOf(isWide ? wide : tall).then((one) => isWanted && setLaid(one));
    return () => (isWanted = false);
  }, [isWide, wide, tall]);
  return laid;
}

// What is wider than the screen begins with its straight line in the middle.
function middle(frame, { services, width }) {
  const first = services.reduce((top, one) => (one.top < top.top ? one : top), services[0]);
  if (first) frame.scrollLeft = ((first.left + first.width / 2) / width) * frame.scrollWidth - frame.clientWidth / 2;
}

function Picture({ graph, laid, counts, nodes, edges, events, walked, reasons, onPick }) {
  const layer = useRef(null);
  const known = useMemo(() => describe(graph), [graph]);
  // Of the layout: other effects are told for a moment after the picture has gone.
  useLayoutEffect(() => effect(() => move(layer.current, laid.ways, events.value, known.undo)), [laid, events, known]);
  const was = (name) => !walked || walked.has(name);
  const wasService = (name) => !walked || graph.edges.some((one) => was(`${one.source}/${one.event}`) && (one.source === name || (one.service === name && was(`${one.source}/${one.event}>${name}`))));
  return html`<svg class=${walked ? "walk" : "live"} viewBox="0 0 ${laid.width} ${laid.height}" style=${{ minWidth: `${0.8 * laid.width * (WIDE.matches ? 0.75 : 1)}px`, maxWidth: `${1.2 * laid.width}px` }} role="group" aria-label="Who hears what">
    <g aria-hidden="true">${laid.ways.map((way) => html`<${Way} way=${way} isUndo=${known.undo.has(way.event)} was=${was(way.isHeard ? `${way.event}>${way.service}` : way.event)} reason=${reasonOf(way, reasons)} edges=${edges} />`)}</g>
    <g ref=${layer} class="dots" aria-hidden="true"></g>
    ${laid.events.map((box) => html`<${Pill} box=${box} counts=${counts} edges=${edges} hearers=${known.hearers.get(box.name)} isUndo=${known.undo.has(box.name)} was=${was(box.name)} reasons=${reasonsOf(box.name, known.hearers.get(box.name), reasons)} onPick=${onPick} />`)}
    ${laid.services.map((box) => html`<${Card} box=${box} nodes=${nodes} isOutside=${known.outside.has(box.name)} was=${wasService(box.name)} onPick=${onPick} />`)}
    <g aria-hidden="true">${laid.ways.filter((way) => way.isHeard).map((way) => html`<${Label} way=${way} edges=${edges} />`)}</g>
  </svg>`;
}

function describe({ services, events, edges }) {
  const hearers = new Map();
  for (const { source, event, service } of edges) hearers.set(`${source}/${event}`, [...(hearers.get(`${source}/${event}`) || []), service]);
  return {
    hearers,
    outside: new Set(services.filter((one) => one.outside).map((one) => one.name)),
    undo: new Set(events.filter((one) => one.path === "undo").map((one) => `${one.source}/${one.type}`)),
  };
}

const typeOf = (event) => event.slice(event.indexOf("/") + 1);
const reasonOf = ({ event, service, isHeard }, reasons) => (isHeard && reasons[`${typeOf(event)}>${service}`]) || "";
const reasonsOf = (event, hearers, reasons) => hearers.map((one) => reasons[`${typeOf(event)}>${one}`]).filter(Boolean);
const classes = (...names) => names.filter(Boolean).join(" ");

const edgeOf = (edges, event, service) => edges.value[`${event}>${service}`] || QUIET;

function Way({ way, isUndo, was, reason, edges }) {
  const edge = useMemo(() => computed(() => (way.isHeard ? edgeOf(edges, way.event, way.service) : QUIET)), [edges, way]);
  const kind = useMemo(() => computed(() => classes("way", isUndo && "undo", !was && !reason && "off", reason && "held", edge.value.state)), [edge, isUndo, was, reason]);
  return html`<g class=${kind}>
    ${reason ? html`<title>${reason}</title>` : null}
    <path class="line" d=${pathOf(way)} />
    ${way.isHeard ? html`<path class="head" d=${headOf(way)} />` : null}
  </g>`;
}

/** What is known of an edge: how soon it is answered, or since when something waits, or what is wrong with it. */
function Label({ way, edges }) {
  const edge = useMemo(() => computed(() => edgeOf(edges, way.event, way.service)), [edges, way]);
  const kind = useMemo(() => computed(() => classes("label", edge.value.state)), [edge]);
  const [text, since, said] = useMemo(() => ["text", "since", "said"].map((name) => computed(() => edge.value[name])), [edge]);
  const shape = useMemo(() => computed(() => SHAPES[edge.value.state] || ""), [edge]);
  const { x, y } = middleOf(way);
  return html`<g class=${kind} transform="translate(${x.toFixed(1)} ${y.toFixed(1)})">
    <title>${said}</title>
    <path class="shape" d=${shape} transform="translate(-5 -17)" />
    <text>${text}</text>
    <text y="10">${since}</text>
  </g>`;
}

function Pill({ box, counts, edges, hearers, isUndo, was, reasons, onPick }) {
  const count = useMemo(() => computed(() => shortly(counts.value[box.name] || 0)), [counts, box]);
  const shown = useMemo(() => computed(() => (was && count.value !== "0" ? count.value : "")), [count, was]);
  const type = typeOf(box.name);
  const told = useMemo(() => computed(() => hearers.map((one) => [one, edgeOf(edges, box.name, one).said]).filter(([, said]) => said).map((one) => one.join(": "))), [edges, hearers, box]);
  const label = useMemo(() => computed(() => [`${type}: ${count.value}`, isUndo && "undone", ...reasons, ...told.value].filter(Boolean).join(", ")), [count, told, isUndo, reasons.join()]);
  const middle = box.top + box.height / 2;
  return html`<g class=${classes("pill", isUndo && "undo", !was && "off")} ...${picking(type, label, onPick)}>
    <rect x=${box.left} y=${box.top} width=${box.width} height=${box.height} rx=${box.height / 2} />
    <text x=${box.left + 11} y=${middle}>${type}</text>${" "}
    <text class="count" x=${box.left + box.width - 11} y=${middle}>${shown}</text>
  </g>`;
}

function Card({ box, nodes, isOutside, was, onPick }) {
  const node = useMemo(() => computed(() => nodes.value[box.name] || { state: "ok", text: isOutside ? "outside" : "" }), [nodes, box]);
  const kind = useMemo(() => computed(() => classes("service", node.value.state, isOutside && "outside", !was && "off")), [node, was]);
  const label = useMemo(() => computed(() => spoken(box.name, node.value)), [node]);
  const line = useMemo(() => computed(() => node.value.text), [node]);
  const isLong = useMemo(() => computed(() => line.value.length * 5.6 > box.width - 10), [line]);
  const begin = useMemo(() => computed(() => (isLong.value ? 0 : box.width / 2 - 5)), [isLong]);
  const state = useMemo(() => computed(() => classes("state", isLong.value && "long")), [isLong]);
  const shape = useMemo(() => computed(() => SHAPES[node.value.state] || ""), [node]);
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const name = useMemo(() => computed(() => (line.value ? y - 7 : y)), [line]);
  return html`<g class=${kind} ...${picking(box.name, label, onPick)}>
    <rect x=${box.left} y=${box.top} width=${box.width} height=${box.height} rx="7" />
    <path class="shape" d=${shape} transform="translate(${box.left + 8} ${box.top + 8})" />
    <text class="name" x=${x} y=${name}>${box.name}</text>${" "}
    <svg x=${box.left + 5} y=${y + 1} width=${box.width - 10} height="16"><text class=${state} x=${begin} y="8">${line}</text></svg>
  </g>`;
}

// A service in words: what its card says, and its state where that is not among it.
function spoken(name, { state, text }) {
  return [name, text, state === "ok" || text.includes(state) ? "" : state].filter(Boolean).join(", ");
}

function picking(name, label, onPick) {
  const pick = (event) => {
    if (event.type === "click" || event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onPick(name);
    }
  };
  return { role: "button", tabindex: 0, "aria-label": label, onClick: pick, onKeyDown: pick };
}
