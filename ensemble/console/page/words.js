// Instants, spans and numbers as a person reads them; the states with their words and shapes.

/**
 * Each state has a word, a shape and a colour of its own: none is told by colour alone. The shape is a path in a box of
 * 12 by 12, as not every font has a sign for each.
 */
export const STATES = {
  running: { word: "running", shape: "M6 2.5a3.5 3.5 0 1 0 .01 0z" },
  waiting: { word: "waiting", shape: "M2.5 1h7v2L7 6l2.5 3v2h-7V9L5 6 2.5 3z" },
  compensating: { word: "compensating", shape: "M5 1v2.2h2.2a3.6 3.6 0 0 1 0 7.3H3V8.7h4.2a1.8 1.8 0 0 0 0-3.7H5v2.2L1 4.1z" },
  failed: { word: "failed", shape: "M2.6 1.2 6 4.6l3.4-3.4 1.4 1.4L7.4 6l3.4 3.4-1.4 1.4L6 7.4l-3.4 3.4-1.4-1.4L4.6 6 1.2 2.6z" },
  stopped: { word: "stopped", shape: "M2 2h8v8H2z" },
  dropped: { word: "dropped", shape: "M5 1h2v5h2.5L6 9.5 2.5 6H5zM2 10h8v1.5H2z" },
  done: { word: "done", shape: "M1.2 6.4 2.6 5l2.1 2.1 4.7-5 1.4 1.4-6 6.5z" },
  cancelled: { word: "cancelled", shape: "M1.5 5h9v2h-9z" },
};

/** @type {[number, string, number, string][]} seconds of a unit, and of the next smaller one */
const UNITS = [[86_400, "d", 3_600, "h"], [3_600, "h", 60, "min"], [60, "min", 1, "s"]];

/** A span in its largest unit, and the next one: 1 min 5 s. @param {number} milliseconds */
export function span(milliseconds) {
  const ms = Math.max(0, milliseconds);
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  for (const [unit, name, smaller, its] of UNITS) {
    if (whole >= unit) {
      const rest = Math.floor((whole % unit) / smaller);
      return `${Math.floor(whole / unit)} ${name}${rest ? ` ${rest} ${its}` : ""}`;
    }
  }
  return `${whole} s`;
}

/** The time of day in UTC, with milliseconds. @param {number} at */
export const clock = (at) => new Date(at).toISOString().slice(11, 23);

/** The whole instant in UTC. @param {number} at */
export const instant = (at) => new Date(at).toISOString().replace("T", " ").replace("Z", " UTC");

/** @param {number} number */
export const count = (number) => number.toLocaleString("en-US");
