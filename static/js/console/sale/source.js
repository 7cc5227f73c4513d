/** The live channels of the console: what operators are told of every lot, and how each running group stands. */
import { listGoods, listOpenGroups } from '../../api.js';
import { parseServerTime } from '../../format.js';
import { load } from '../../later.js';
import { onSessionChange, renewToken, token } from '../../session.js';
import { ask } from '../ops.js';

const GROUPS = '/api/ops/auctions/groups';
const HEALTH = '/readyz';
const HEALTH_EVERY = 5000; // ms
const GROUPS_EVERY = 15000; // ms; a group may begin meanwhile

/** Feeds a floor from the server. */
export class SaleSource {
  constructor(floor, onNews) {
    this._floor = floor;
    this._onNews = onNews;
    this._groups = new Set();
    this.status = { link: 'connecting', stale: false };
  }

  /** Rejects with ApiError where the groups cannot be asked for. */
  async open() {
    const { LiveClient } = (await load(() => import('../../live/client.js'))) ?? {};
    if (!LiveClient || this._isClosed) return;
    this._live = new LiveClient({
      url: window.location.origin,
      token: token(),
      renewToken: () => renewToken(this._live.token),
      onState: (channel, snapshot) => this._takeSnapshot(channel, snapshot),
      onEvent: (event) => this._takeEvent(event),
      onStatus: (status) => { this.status = status; },
    });
    onSessionChange(() => { if (!this._isClosed) this._live.setToken(token()); });
    await this._findGroups();
    this._live.subscribe('ops');
    this._live.start();
    this._timers = [
      setInterval(() => this._askHealth(), HEALTH_EVERY),
      setInterval(() => this._findGroups().catch(() => {}), GROUPS_EVERY), // asked again soon
    ];
    this._askHealth();
  }

  close() {
    this._isClosed = true;
    this._timers?.forEach(clearInterval);
    this._live?.stop();
  }

  now() {
    return this._live?.now() ?? Date.now();
  }

  get silence() {
    return this._live && this.status.link === 'live' ? this._live.silence() : 0;
  }

  async _findGroups() {
    const groups = await listOpenGroups();
    const fresh = groups.filter(({ id }) => !this._groups.has(id));
    await Promise.all(fresh.map(async ({ id, issue, start_at: start, end_at: end }) => {
      const { goods } = await listGoods(id);
      this._groups.add(id);
      this._floor.takeGroup({ id, issue, start_at: parseServerTime(start), end_at: parseServerTime(end) }, goods);
      this._live.subscribe(`group:${id}`);
      this._onNews({ hasLots: true });
    }));
    this._groups.forEach((id) => this._askMissed(id));
  }

  /** Those to come are told at once; others may be written a moment later than a page that opens asks, or not be had just then. */
  _askMissed(id) {
    ask('GET', `${GROUPS}/${id}/missed-bids`).then((missed) => { this._floor.takeMissed(missed); this._onNews(); }, () => {}); // asked again soon
  }

  _takeSnapshot(channel, snapshot) {
    if (channel === 'ops') snapshot.bids.forEach((entry) => this._floor.takeEntry(entry, { isPast: true }));
    else snapshot.state.forEach((lot) => this._floor.takeLot(lot));
    this._onNews();
  }

  _takeEvent(event) {
    if (event.channel === 'ops') {
      if (event.type === 'stats') this._floor.takeStats(event, this.now());
      else this._floor.takeEntry(event);
    } else if (event.goods_id !== undefined) {
      this._floor.takeLot(event);
    }
    this._onNews();
  }

  async _askHealth() {
    try {
      const response = await fetch(HEALTH, { cache: 'no-store' });
      this._floor.health = await response.json();
    } catch {
      this._floor.health = false;
    }
    this._onNews();
  }
}
