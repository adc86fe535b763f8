// Where an instant lies on a timeline: what is long and has nothing in it is folded to a strip of a fixed width.

const FOLDED = 0.08;
const LONGEST_SHARE = 0.25;
const SHORTEST_FOLD = 2_000;

/**
 * @param {{begin: number, end: number}[]} spans in milliseconds since 1970
 * @returns {{begin: number, end: number, share: (at: number) => number, folds: {begin: number, end: number}[]}}
 *   `share`: the place of an instant, from 0 to 1. `folds`: the stretches that are folded.
 */
export function timelineOf(spans) {
  const begin = Math.min(...spans.map((one) => one.begin));
  const end = Math.max(...spans.map((one) => one.end), begin + 1);
  const instants = [...new Set(spans.flatMap((one) => [one.begin, one.end]).concat(begin, end))].sort((a, b) => a - b);
  const stretches = instants.slice(1).map((to, place) => ({ begin: instants[place], end: to }));
  const folds = foldsOf(stretches);
  const shown = stretches.filter((one) => !folds.includes(one)).reduce((sum, one) => sum + one.end - one.begin, 0);
  const scale = shown ? (1 - FOLDED * folds.length) / shown : 0;
  const starts = [];
  let at = 0;
  for (const one of stretches) {
    starts.push(at);
    at += folds.includes(one) ? FOLDED : (one.end - one.begin) * scale;
  }
  const share = (instant) => {
    const place = stretches.findIndex((one) => instant <= one.end);
    if (place < 0) return 1;
    const one = stretches[place];
    const width = (place + 1 < starts.length ? starts[place + 1] : at) - starts[place];
    return starts[place] + (Math.max(0, instant - one.begin) / (one.end - one.begin)) * width;
  };
  return { begin, end, share, folds };
}

// The longest stretch is folded as long as it would take more than its share of what is left.
function foldsOf(stretches) {
  const byLength = [...stretches].sort((a, b) => b.end - b.begin - (a.end - a.begin));
  let left = stretches.reduce((sum, one) => sum + one.end - one.begin, 0);
  const folds = [];
  for (const one of byLength) {
    const length = one.end - one.begin;
    if (length < SHORTEST_FOLD || length < LONGEST_SHARE * left || folds.length === 4 || byLength.length < 3) break;
    folds.push(one);
    left -= length;
  }
  return folds;
}
