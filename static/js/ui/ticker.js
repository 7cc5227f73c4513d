/** The beat of all countdowns on a page. */

const BEAT = 250; // ms: ends fall between whole seconds, and none may show a quarter second late

/** Calls `onBeat` four times a second while the page is seen, and at once when it is seen again. */
export function startTicking(onBeat) {
  const beat = () => { if (!document.hidden) onBeat(); };
  document.addEventListener('visibilitychange', beat);
  setInterval(beat, BEAT);
  beat();
}
