// What a recording shows at an instant: all that pages had been told until then, and nothing later. Pure.

const MOST_EVENTS = 500;

/** So long at most, in milliseconds, a time in which nothing happens is on the scrubber and when it is played. */
export const FOLDED_TO = 2_000;

/** Plays batches onto a snapshot, forward from where it is or anew from the beginning. */
export class Recorded {
  /** @param {{batches: any[], notes: any[]}} recording */
  constructor({ batches, notes }) {
    this.batches = batches;
    this.notes = [...notes].sort((a, b) => a.at - b.at);
    this.moments = [...new Set([...batches.map((one) => one.now), ...this.notes.map((one) => one.at)])].sort((a, b) => a - b);
    this.begin = this.moments[0];
    this.end = this.moments.at(-1);
    this.folded = foldedOf(this.moments);
    this.restart();
  }

  restart() {
    this.next = 0;
    this.lines = new Map();
    this.events = [];
    this.shown = { sequence: 0, now: this.begin, counts: {}, nodes: {}, edges: {}, differs: [], alarms: 0, dead: 0, failure: "" };
  }

  /** The snapshot of an instant; `arrived` has the events since the one before. @param {number} instant */
  at(instant) {
    if (instant < this.shown.now) this.restart();
    const arrived = [];
    for (; this.next < this.batches.length && this.batches[this.next].now <= instant; this.next++) {
      const { lines, events, counts, ...facts } = this.batches[this.next];
      for (const line of lines) this.lines.set(line.workflow, line);
      arrived.push(...events);
      this.shown = { ...this.shown, ...facts, counts: { ...this.shown.counts, ...counts } };
    }
    this.events = [...this.events, ...arrived].slice(-MOST_EVENTS);
    this.shown.now = instant;
    const lines = [...this.lines.values()].sort((a, b) => b.began - a.began);
    return { ...this.shown, lines, events: this.events, notes: this.notes.filter((one) => one.at <= instant), arrived };
  }

  /** The instant of the next event after this one, or of the one before it. @param {number} instant @param {1 | -1} way */
  beside(instant, way) {
    const all = this.batches.filter((one) => one.events.length).map((one) => one.now);
    const found = way > 0 ? all.find((one) => one > instant) : all.findLast((one) => one < instant);
    return found ?? (way > 0 ? this.end : this.begin);
  }

  /** Where an instant is on the scrubber, whose idle times are short. @param {number} instant */
  place(instant) {
    return between(this.moments, this.folded, instant);
  }

  /** The instant of a place on the scrubber. @param {number} place */
  instant(place) {
    return between(this.folded, this.moments, place);
  }
}

function foldedOf(moments) {
  let sum = 0;
  return moments.map((one, at) => (sum += at ? Math.min(one - moments[at - 1], FOLDED_TO) : 0));
}

// Between which two of the one scale a value is, as far between the two of the other.
function between(from, to, value) {
  const above = from.findIndex((one) => one > value);
  if (above < 0) return to.at(-1);
  if (!above) return to[0];
  const share = (value - from[above - 1]) / (from[above] - from[above - 1]);
  return to[above - 1] + share * (to[above] - to[above - 1]);
}
