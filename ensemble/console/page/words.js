// Instants, spans and numbers as a person reads them; the states with their words and shapes.

/** Each state has a word, a shape and a colour of its own: none is told by colour alone. */
export const STATES = {
  running: { word: "running", sign: "●" },
  waiting: { word: "waiting", sign: "⧗" },
  compensating: { word: "compensating", sign: "↩" },
  failed: { word: "failed", sign: "✕" },
  stopped: { word: "stopped", sign: "■" },
  done: { word: "done", sign: "✓" },
  cancelled: { word: "cancelled", sign: "–" },
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
