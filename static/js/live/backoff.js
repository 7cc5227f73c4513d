/** Pauses between tries. */

/** Growing pauses with jitter, so that clients cut off together do not return together. */
export class Backoff {
  constructor({ first = 500, most = 20000, random = Math.random } = {}) {
    this._first = first;
    this._most = most;
    this._random = random;
    this._tries = 0;
  }

  next() {
    const ceiling = Math.min(this._most, this._first * 2 ** this._tries);
    this._tries += 1;
    return Math.round(ceiling * (0.5 + this._random() / 2));
  }

  reset() {
    this._tries = 0;
  }
}
