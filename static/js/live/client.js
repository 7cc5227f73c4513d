/** The live client: keeps cursors and the token, hands on what is news. Examples stand in ../live.js. */
import { postBid } from './bid_post.js';
import { browserTransports } from './browser_transports.js';
import { BAD_TOKEN, BANNED } from './close_codes.js';
import { LinkKeeper } from './link_keeper.js';
import { makeRequestId } from './request_id.js';
import { withRetries } from './retries.js';
import { SeqFilter } from './seq_filter.js';
import { ServerClock } from './server_clock.js';
import { needsUser } from './socket_link.js';

const RENEW_BEFORE_END = 60000; // ms
const SOONEST_RENEWAL = 5000; // a token that ends at once is not renewed in a tight loop
const RENEW_AGAIN_AFTER = 5000;
const LONGEST_TIMER = 2 ** 31 - 1;
const BID_TRIES = 4;

/** One connection to the live channel, whatever it is made of at the moment. */
export class LiveClient {
  /**
   * @param {object} options
   * @param {string} options.url the server's origin, `https://auction.example`
   * @param {string|null} [options.token] access token, see also `setToken`
   * @param {() => Promise<string|null>} [options.renewToken] asked when the token expired; null: the user must sign in
   *   again; a rejection: it could not be asked, try later
   * @param {(url: string) => WebSocket} [options.openSocket] with `request`, `openStream`: see `live/*_transports.js`
   * @param {() => number} [options.clock] local milliseconds; best a clock that nobody can set
   * @param {(event: object) => void} [options.onEvent]
   * @param {(channel: string, snapshot: object) => void} [options.onState]
   * @param {(status: {link: string, via: string|null, stale: boolean, code?: number}) => void} [options.onStatus]
   * @param {(user: object|null) => void} [options.onUser]
   * @param {(channel: string, error: Error) => void} [options.onRefused]
   */
  constructor({ url, token, renewToken, clock, onEvent, onState, onStatus, onUser, onRefused, ...transports }) {
    const ignore = () => {};
    this.url = url.replace(/\/$/, '');
    this.token = token || null;
    this.clock = new ServerClock(clock || monotonicClock());
    this.status = { link: 'stopped', via: null, stale: false };
    this.isSeen = true;
    this._heardAt = -Infinity;
    this._renewToken = renewToken || (async () => null);
    this._on = {
      event: onEvent || ignore,
      state: onState || ignore,
      status: onStatus || ignore,
      user: onUser || ignore,
      refused: onRefused || ignore,
    };
    this._cursors = new Map(); // channel → cursor, null before the first snapshot
    this._stale = new Set(); // channels whose prices the server cannot vouch for
    this._seqs = new SeqFilter();
    const { request, ...carriers } = transports.openSocket ? transports : { ...browserTransports(), ...transports };
    this._request = request;
    this._keeper = new LinkKeeper(this, { request, ...carriers });
  }

  // ---- what an application calls

  /** The server's time in ms since the epoch. */
  now() {
    return this.clock.now();
  }

  /** How many ms ago the server was last heard: while the page is seen hardly more than two seconds, if it is there. */
  silence() {
    return this.clock.local() - this._heardAt;
  }

  start() {
    if (this._keeper.state !== 'stopped') return;
    this._stopCode = undefined;
    this._keeper.start();
    this.linkChanged();
  }

  stop() {
    clearTimeout(this._renewal);
    this._keeper.stop();
    this.linkChanged();
  }

  /** Listens to a channel from now on, resuming at `cursor` when one was kept from earlier. */
  subscribe(channel, { cursor = null } = {}) {
    if (this._cursors.has(channel)) return;
    this._cursors.set(channel, cursor);
    this._keeper.socket?.channelAdded(channel);
    this._keeper.fallback?.channelsChanged();
  }

  unsubscribe(channel) {
    if (!this._cursors.delete(channel)) return;
    this._seqs.forget(channel);
    this._setStale(channel, false);
    this._keeper.socket?.channelRemoved(channel);
    this._keeper.fallback?.channelsChanged();
  }

  /** Signs in, changes over to a renewed token, or signs out with `null`. Revives a client stopped by a bad token. */
  setToken(token) {
    const isRevived = this._stopCode === BAD_TOKEN;
    if (token === this.token && !isRevived) return;
    if (!token || !this.token) this.channels.filter(needsUser).forEach((channel) => this._cursors.set(channel, null));
    this.token = token;
    const { socket, fallback, state } = this._keeper;
    if (isRevived) {
      this.start();
    } else if (state !== 'stopped' && !token) {
      this._keeper.stop(); // a socket cannot forget its user
      this.start();
    } else {
      if (socket?.isUp) socket.signInAgain();
      fallback?.signInAgain();
    }
  }

  /** Whether somebody looks: who does not need not learn of the server's silence at once. */
  setSeen(isSeen) {
    this.isSeen = isSeen;
    if (isSeen) this.wake();
  }

  /** To be called when the network came back: no waiting for timers. */
  wake() {
    if (this._keeper.state !== 'stopped') this._keeper.wake();
  }

  /** The cursor of a channel, to be kept for a later visit. */
  cursorOf(channel) {
    return this._cursors.get(channel) ?? null;
  }

  /**
   * Places a bid; an unanswered one is repeated under the same key, so it counts once.
   * @returns {Promise<{participation: object, seq?: number}>} rejects with LiveError: `error`, `current`, `minimum`
   */
  async bid({ goods_id, group_id, price, max_price, request_id = makeRequestId() }) {
    const bid = { goods_id, group_id, price, max_price, request_id }; // an undefined maximum is not sent
    const place = () => {
      const { socket } = this._keeper;
      return socket?.user ? socket.send('bid', bid) : postBid(this, this._request, bid);
    };
    return withRetries(place, { tries: BID_TRIES, mayRepeat: (error) => error.isLostConnection === true });
  }

  // ---- what a link calls

  get channels() {
    return [...this._cursors.keys()];
  }

  credentials() {
    return this.token ? { Authorization: `Bearer ${this.token}` } : {};
  }

  /** Something of the server's has just arrived. */
  heard() {
    this._heardAt = this.clock.local();
  }

  takeSnapshot(channel, snapshot) {
    if (!this._cursors.has(channel)) return; // unsubscribed while it travelled
    this._cursors.set(channel, snapshot.cursor);
    this._setStale(channel, snapshot.stale === true);
    const state = snapshot.state && this._seqs.lotsOf(channel, snapshot.state, !snapshot.recovered);
    this._on.state(channel, state ? { ...snapshot, state } : snapshot);
  }

  takePush({ push, cursor }) {
    push.forEach((event) => {
      if (event.type === 'stale') this._setStale(event.channel, event.stale);
      else if (this._cursors.has(event.channel) && this._seqs.lets(event)) this._on.event(event);
    });
    Object.entries(cursor || {}).forEach(([channel, value]) => {
      if (this._cursors.has(channel)) this._cursors.set(channel, value);
    });
  }

  refuseChannel(channel, error) {
    this._cursors.delete(channel);
    this._keeper.fallback?.channelsChanged();
    this._on.refused(channel, error);
  }

  signedIn(user, expiresAt) {
    clearTimeout(this._renewal);
    if (!user) this.token = null;
    this._on.user(user);
    if (!user || !expiresAt) return;
    const left = expiresAt - this.now();
    const wait = Math.max(SOONEST_RENEWAL, left / 2, left - RENEW_BEFORE_END);
    this._renewal = setTimeout(() => this._renewInTime(), Math.min(wait, LONGEST_TIMER));
  }

  /** A fresh token from the application or null; links that ask at once share one answer. Rejects as it does. */
  async renew() {
    this._renewing ??= this._renewToken().finally(() => { this._renewing = null; });
    const token = await this._renewing;
    if (token) this.token = token;
    return token;
  }

  /** After an answer 401: true with a new token; signs out when there is none; false also when none could be asked for. */
  async renewOrSignOut() {
    const refused = this.token;
    const fresh = await this.renew().catch(() => undefined);
    if (fresh === null || fresh === refused) {
      this.signedIn(null, null);
      this._keeper.fallback?.signInAgain();
    }
    return Boolean(fresh) && fresh !== refused;
  }

  linkChanged() {
    const { state: link, via } = this._keeper;
    const stale = this._stale.size > 0;
    const before = this.status;
    if (before.link === link && before.via === via && before.stale === stale) return;
    this.status = { link, via, stale };
    if (this._stopCode) this.status.code = this._stopCode;
    this._on.status(this.status);
  }

  gaveUp(code) {
    this._stopCode = code;
    if (code === BAD_TOKEN) this._replaceToken();
    if (code === BANNED) this.signedIn(null, null);
  }

  async _renewInTime() {
    const token = await this.renew().catch(() => null); // the server says when the old one ends
    if (token) this._keeper.socket?.signInAgain();
  }

  /** A bad token is not tried again; a renewed one is. */
  async _replaceToken() {
    const refused = this.token;
    const fresh = await this.renew().catch(() => undefined);
    if (fresh === undefined) this._renewal = setTimeout(() => this._replaceToken(), RENEW_AGAIN_AFTER);
    else if (fresh && fresh !== refused) this.start();
    else this.signedIn(null, null);
  }

  _setStale(channel, isStale) {
    if (isStale) this._stale.add(channel);
    else this._stale.delete(channel);
    this.linkChanged();
  }
}

/** A clock that nobody sets, where there is one. */
function monotonicClock() {
  return typeof performance !== 'undefined' && performance.now ? () => performance.now() : () => Date.now();
}
