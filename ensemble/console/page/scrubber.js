// The time of a recording: moved by hand, played, and stepped from event to event.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "./html.js";
import { useKeys } from "./keys.js";
import { atInstant, recorded, seek } from "./store.js";
import { instant } from "./words.js";

const SPEEDS = [1, 10, 60];
const TICK = 100;

const speed = signal(SPEEDS[0]);
const isPlaying = signal(false);

export function Scrubber() {
  const recording = recorded.value;
  const now = atInstant.value;
  const step = (way) => () => {
    isPlaying.value = false;
    seek(recording.beside(atInstant.value, way));
  };
  const play = () => {
    if (!isPlaying.value && atInstant.value >= recording.end) seek(recording.begin);
    isPlaying.value = !isPlaying.value;
  };
  useKeys({ p: play, ".": step(1), ",": step(-1) });
  useEffect(() => {
    if (!isPlaying.value) return undefined;
    const timer = setInterval(() => {
      const place = recording.place(atInstant.value) + TICK * speed.value;
      if (place >= recording.place(recording.end)) isPlaying.value = false;
      seek(recording.instant(place));
    }, TICK);
    return () => clearInterval(timer);
  }, [isPlaying.value, recording]);

  return html`<section class="scrubber" aria-label="Time of the recording">
    <button onClick=${play} aria-pressed=${isPlaying.value}>${isPlaying.value ? "Pause" : "Play"}</button>
    <div role="group" aria-label="Speed">${SPEEDS.map((one) => html`<button class="plain" aria-pressed=${speed.value === one} onClick=${() => (speed.value = one)}>${one}×</button>`)}</div>
    <button onClick=${step(-1)} title="The event before  ," aria-label="The event before">◂</button>
    <input type="range" min="0" max=${recording.place(recording.end)} step="any" value=${recording.place(now)} aria-label="Instant" aria-valuetext=${instant(now)}
      onInput=${(event) => seek(recording.instant(Number(event.target.value)))} />
    <button onClick=${step(1)} title="The next event  ." aria-label="The next event">▸</button>
    <time>${instant(now)}</time>
  </section>`;
}
