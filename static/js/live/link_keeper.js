/** Which link carries the channels: a socket where one opens, else a stream, else polling. */
import { Backoff } from './backoff.js';
import { afterClose } from './close_codes.js';
import { PollLink } from './poll_link.js';
import { SocketLink } from './socket_link.js';
import { StreamLink } from './stream_link.js';

const FAILURES_BEFORE_FALLBACK = 3;
const SILENT_STREAMS_BEFORE_POLLING = 2;
const SOCKET_AGAIN = { first: 20000, most: 120000 }; // ms between tries for a socket while a fallback serves
const STEADY_AFTER = 10000; // ms a link must hold before the pauses start small again

/** Keeps one link up from `start` to `stop`; tells the host after every change, and `gaveUp(code)` when it must end. */
export class LinkKeeper {
  constructor(host, { openSocket, openStream, request }) {
    this.socket = null;
    this.fallback = null;
    this._host = host;
    this._openers = { openSocket, openStream, request };
    this._isRunning = false;
  }

  /** `connecting`, `live`, `polling`, `reconnecting` or `stopped`. */
  get state() {
    if (!this._isRunning) return 'stopped';
    if (this.via) return this.via === 'poll' ? 'polling' : 'live';
    return this._hasBeenUp ? 'reconnecting' : 'connecting';
  }

  /** What the connection is made of while there is one: `socket`, `stream` or `poll`. */
  get via() {
    if (this.socket?.isUp) return 'socket';
    return this.fallback?.isUp ? this.fallback.via : null;
  }

  start() {
    this._isRunning = true;
    this._hasBeenUp = false;
    this._failures = 0;
    this._silentStreams = 0;
    this._backoff = new Backoff();
    this._patience = new Backoff(SOCKET_AGAIN);
    this._openSocket();
  }

  stop() {
    this._isRunning = false;
    clearTimeout(this._socketTimer);
    clearTimeout(this._fallbackTimer);
    clearTimeout(this._steady);
    this.socket?.close();
    this.fallback?.close();
    this.socket = null;
    this.fallback = null;
  }

  wake() {
    if (this.socket?.isUp) {
      this.socket.ping();
    } else if (!this.socket) {
      this._backoff.reset();
      this._openSocket();
    }
  }

  // ---- what a link calls

  linkUp(link) {
    this._hasBeenUp = true;
    clearTimeout(this._steady);
    this._steady = setTimeout(() => this._backoff.reset(), STEADY_AFTER);
    if (link === this.socket) {
      this._failures = 0;
      clearTimeout(this._fallbackTimer);
      this.fallback?.close();
      this.fallback = null;
    } else {
      this._silentStreams = 0;
    }
    this._host.linkChanged();
  }

  linkWavers() {
    this._host.linkChanged();
  }

  linkDown(link, { code, reason }) {
    if (link === this.socket) this._socketDown(code, reason);
    else if (link === this.fallback) this._streamDown(code, reason);
    this._host.linkChanged();
  }

  // ---- the socket

  _openSocket() {
    clearTimeout(this._socketTimer);
    try {
      this.socket = new SocketLink(this._host, this, this._openers.openSocket(`${this._host.url.replace(/^http/, 'ws')}/ws`));
    } catch {
      // A browser may forbid the socket outright, for example by the page's policy.
      this._socketFailed();
    }
  }

  _socketDown(code, reason) {
    const wasUp = this.socket.isUp;
    this.socket = null;
    clearTimeout(this._steady);
    const { reconnect, delay } = afterClose(code, reason);
    if (!reconnect) {
      this._giveUp(code);
    } else if (wasUp) {
      this._openSocketIn(delay ?? this._backoff.next());
    } else {
      this._socketFailed();
    }
  }

  _socketFailed() {
    this._failures += 1;
    if (this._failures >= FAILURES_BEFORE_FALLBACK && !this.fallback) this._openFallback();
    this._openSocketIn((this.fallback ? this._patience : this._backoff).next());
  }

  _openSocketIn(delay) {
    clearTimeout(this._socketTimer);
    this._socketTimer = setTimeout(() => this._openSocket(), delay);
  }

  // ---- the fallback

  _openFallback() {
    const { openStream, request } = this._openers;
    const mayStream = openStream && this._silentStreams < SILENT_STREAMS_BEFORE_POLLING;
    this.fallback = mayStream ? new StreamLink(this._host, this, openStream) : new PollLink(this._host, this, request);
  }

  _streamDown(code, reason) {
    if (!this.fallback.isUp) this._silentStreams += 1;
    this.fallback = null;
    const { reconnect, delay } = afterClose(code, reason);
    if (!reconnect) this._giveUp(code);
    else this._fallbackTimer = setTimeout(() => this._openFallback(), delay ?? this._backoff.next());
  }

  _giveUp(code) {
    this.stop();
    this._host.gaveUp(code);
  }
}
