/** Who vouches for the prices on the page: what shows a price or takes a bid asks here. */
import { startTicking } from './ui/ticker.js';

const SILENCE = 4500; // ms; two of the client's pings and the way of an answer
const WAKING = 1000; // a page that is seen again has asked, and the answer is on its way
const HELD = ['behind', 'offline', 'stale', 'stopped'];

/**
 * `state` is `connecting`, `reconnecting`, `live` or `polling` while the prices hold, and otherwise why they may not: `behind` when nothing
 * was heard for some seconds, `offline` when the browser says so, `stale` when the server cannot vouch, `stopped` when there is no client.
 */
export class Trust {
  constructor() {
    this._status = { link: 'connecting', stale: false };
    this._live = null;
    this._startedAt = performance.now(); // the prices came with the page
    this._seenAt = this._startedAt;
    this._listeners = [];
    this.state = 'connecting';
    this.since = null; // ms by the server's clock, while nobody vouches
    window.addEventListener('online', () => this._look());
    window.addEventListener('offline', () => this._look());
    document.addEventListener('visibilitychange', () => { this._seenAt = performance.now(); });
    startTicking(() => this._look());
  }

  get isGood() {
    return !HELD.includes(this.state);
  }

  /** Calls `listener` after every change. */
  onChange(listener) {
    this._listeners.push(listener);
  }

  /** Takes the status of the live client, and the client itself once there is one. */
  take(status, live = this._live) {
    this._status = status;
    this._live = live;
    this._look();
  }

  _look() {
    const state = this._judge();
    if (state === this.state) return;
    const wasGood = this.isGood;
    this.state = state;
    if (this.isGood) this.since = null;
    else if (wasGood) this.since = state === 'behind' || state === 'offline' ? this._now() - this._silence() : this._now();
    this._listeners.forEach((listener) => listener());
  }

  _judge() {
    const { link, stale } = this._status;
    if (link === 'stopped') return 'stopped';
    if (!navigator.onLine) return 'offline';
    const isWaking = performance.now() - this._seenAt < WAKING && this.isGood;
    if (this._silence() > SILENCE && !isWaking) return 'behind';
    return stale ? 'stale' : link;
  }

  _silence() {
    return Math.min(this._live?.silence() ?? Infinity, performance.now() - this._startedAt);
  }

  _now() {
    return this._live?.now() ?? Date.now();
  }
}
