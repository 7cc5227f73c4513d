/** The server's clock, estimated from the `ts` in its frames. */

const SAMPLES_KEPT = 60; // at a ping each 2 s: two minutes, within which a quick round trip turns up
const ROUNDING = 5; // ms: `ts` is a whole number and timers are coarse

/** Keeps the offset between the local clock and the server's, trusting the quickest round trip most. */
export class ServerClock {
  /** @param {() => number} now local milliseconds, best from a clock that nobody can set */
  constructor(now) {
    this._local = now;
    this._samples = [];
    this._offset = null;
  }

  /** The server's time in ms since the epoch; the local time until the server was heard. */
  now() {
    return this._offset === null ? Date.now() : Math.round(this._local() + this._offset);
  }

  local() {
    return this._local();
  }

  /** Takes the answer to something sent at local time `sentAt`. */
  measure(sentAt, serverTime) {
    const heardAt = this._local();
    this._samples.push({ offset: serverTime - (sentAt + heardAt) / 2, roundTrip: heardAt - sentAt });
    if (this._samples.length > SAMPLES_KEPT) this._samples.shift();
    this._settle();
  }

  /** Takes a frame of unknown age: the server is at least this far, never less. */
  hear(serverTime) {
    const least = serverTime - this._local();
    // A machine that slept may have stopped its clock: what this frame disproves is forgotten.
    this._samples = this._samples.filter((sample) => least <= sample.offset + sample.roundTrip / 2 + ROUNDING);
    if (this._samples.length === 0) this._offset = this._offset === null ? least : Math.max(least, this._offset);
    else this._settle();
  }

  _settle() {
    const quickest = this._samples.reduce((best, sample) => (sample.roundTrip <= best.roundTrip ? sample : best));
    this._offset = quickest.offset;
  }
}
