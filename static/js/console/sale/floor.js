/** What is known of the running sale: lots, the bids of the last minutes, what was missed, what needs a look. No DOM, no network. */

const MINUTE = 60000;
const MISSED_WITHIN = 3000; // ms after an end
const KEPT = 300; // entries of the stream
const MISSED_KEPT = 100;
const MANY_REFUSALS = 10; // of one user within a minute
const LATE_MS = 1000; // of an answer to a bid
const LATE_WITHIN = 10000;
const PROCESS_LATE_MS = 500; // of what is due, or of the look at the database
const SILENT_MS = 4000; // statistics come every second

export class SaleFloor {
  constructor() {
    this.lots = new Map(); // goods_id → what the grid shows
    this.entries = []; // newest first
    this.missed = []; // newest first
    this.changed = new Set(); // goods_ids whose rows are to be drawn again
    this.hasNews = false; // of the stream
    this.stats = null;
    this.health = null; // of the process that answered last
    this._bids = new Map(); // goods_id → moments of its bids within a minute
    this._refusals = new Map(); // user_id → {nickname, moments}
    this._lateAt = -Infinity;
    this._processLateAt = -Infinity;
    this._statsAt = null;
    this._seen = new Set(); // entries that came already, so that a reconnect shows none twice
  }

  takeGroup(group, goods) {
    goods.forEach(({ id, sn }) => {
      if (this.lots.has(id)) return;
      this.lots.set(id, {
        id, sn, issue: group.issue, group_id: group.id, start_at: group.start_at,
        planned_end_at: group.end_at, price: 0, leader: '', leader_id: null, end_at: group.end_at,
        status: 'open', is_paused: false, bids: 0, minute: 0, watchers: 0, counted: 0,
      });
    });
  }

  /** A lot's state, of a snapshot or of an event. */
  takeLot({ goods_id: id, ...now }) {
    const lot = this.lots.get(id);
    if (!lot) return;
    if (now.price !== undefined) lot.price = now.price;
    if (now.user_id !== undefined) lot.leader_id = now.user_id;
    if (now.nickname !== undefined) lot.leader = now.nickname ?? '';
    if (now.end_at !== undefined) lot.end_at = now.end_at;
    if (now.status !== undefined && now.status !== lot.status) {
      lot.status = now.status;
      if (this.missed.some((one) => one.goods_id === id)) this.takeMissed([]); // what became of them is known now
    }
    if (now.bids !== undefined) {
      lot.bids = now.bids;
      lot.counted = now.seq;
    }
    if (now.is_paused !== undefined) lot.is_paused = now.is_paused;
    this.changed.add(id);
  }

  /** An accepted or refused bid, an operator's act, or what somebody wrote to the mall. `isPast`: it happened before this page looked. */
  takeEntry(entry, { isPast = false } = {}) {
    const key = keyOf(entry);
    if (this._seen.has(key)) return;
    this._seen.add(key);
    this.entries.unshift(entry);
    if (this.entries.length > KEPT) this._forget(this.entries.pop());
    this.hasNews = true;
    const lot = this.lots.get(entry.goods_id);
    if (entry.type === 'bid') this._countBid(entry, isPast);
    if (entry.type !== 'refused') return;
    if (lot && entry.at >= lot.end_at && entry.at - lot.end_at <= MISSED_WITHIN) this.takeMissed([{ ...entry, late_ms: entry.at - lot.end_at }]);
    const known = this._refusals.get(entry.user_id) ?? { moments: [] };
    known.nickname = entry.nickname;
    known.moments.push(entry.at);
    this._refusals.set(entry.user_id, known);
    if (!isPast && entry.latency_ms > LATE_MS) this._lateAt = entry.at;
  }

  /** Offers that came a moment too late: as they come, and those of before this page looked. */
  takeMissed(missed) {
    const known = new Set(this.missed.map(keyOf));
    const fresh = missed.map((one) => ({ ...one, type: 'refused' })).filter((one) => !known.has(keyOf(one)));
    this.missed = [...fresh, ...this.missed].sort((one, other) => other.at - one.at).slice(0, MISSED_KEPT);
    this.hasNews = true;
  }

  takeStats(stats, now) {
    this.stats = stats;
    this._statsAt = now;
    if (stats.late_ms > PROCESS_LATE_MS) this._processLateAt = now;
    Object.entries(stats.watchers ?? {}).forEach(([id, count]) => this._setWatchers(Number(id), count));
    this.lots.forEach((lot) => { if (lot.watchers > 0 && !(lot.id in (stats.watchers ?? {}))) this._setWatchers(lot.id, 0); });
  }

  /** To be called every second or so: what leaves the last minute no longer counts. */
  tick(now) {
    this._bids.forEach((moments, id) => {
      while (moments.length > 0 && moments[0] <= now - MINUTE) moments.shift();
      const lot = this.lots.get(id);
      if (lot && lot.minute !== moments.length) {
        lot.minute = moments.length;
        this.changed.add(id);
      }
    });
    this._refusals.forEach((known, id) => {
      while (known.moments.length > 0 && known.moments[0] <= now - MINUTE) known.moments.shift();
      if (known.moments.length === 0) this._refusals.delete(id);
    });
  }

  /** Lots in all, running, led; the sum of what is led; bids taken. */
  totals() {
    let running = 0;
    let led = 0;
    let amount = 0;
    let bids = 0;
    this.lots.forEach((lot) => {
      if (lot.status === 'open') running += 1;
      if (lot.leader_id) {
        led += 1;
        amount += lot.price;
      }
      bids += lot.bids;
    });
    return { lots: this.lots.size, running, led, amount, bids };
  }

  /** What needs a look, the worst first: `{key, ...values}`. `silence`: how long the connection has been silent, in ms. */
  alerts(now, { silence = 0, isStale = false } = {}) {
    const found = [];
    const { stats, health } = this;
    if (stats?.audit === 'red') found.push({ key: 'audit' });
    if (isStale || (health && !health.mongodb)) found.push({ key: 'database' });
    if (health && !health.redis) found.push({ key: 'redis' });
    if (health === false) found.push({ key: 'unanswered' });
    if (silence > SILENT_MS || (this._statsAt !== null && now - this._statsAt > SILENT_MS)) found.push({ key: 'silent' });
    if (now - this._processLateAt < LATE_WITHIN) found.push({ key: 'process' });
    if (now - this._lateAt < LATE_WITHIN) found.push({ key: 'late' });
    this._refusals.forEach(({ nickname, moments }, id) => {
      if (moments.length >= MANY_REFUSALS) found.push({ key: 'refusals', name: nickname, count: moments.length, user: id });
    });
    const ending = [...this.lots.values()]
      .filter((lot) => lot.status === 'open' && !lot.is_paused && !lot.leader_id && lot.end_at > now && lot.end_at - now < MINUTE);
    if (ending.length > 0) found.push({ key: 'no_bids', count: ending.length, names: ending.slice(0, 5).map(({ sn }) => sn).join('、'), lot: ending[0].id });
    return found;
  }

  _countBid(entry, isPast) {
    const moments = this._bids.get(entry.goods_id) ?? [];
    moments.push(entry.at);
    if (isPast) moments.sort((one, other) => one - other);
    this._bids.set(entry.goods_id, moments);
    const lot = this.lots.get(entry.goods_id);
    if (lot) {
      if (entry.seq > lot.counted) {
        lot.bids += 1;
        lot.counted = entry.seq;
      }
      lot.minute = moments.length;
      this.changed.add(lot.id);
    }
    if (!isPast && entry.latency_ms > LATE_MS) this._lateAt = entry.at;
  }

  _setWatchers(id, count) {
    const lot = this.lots.get(id);
    if (!lot || lot.watchers === count) return;
    lot.watchers = count;
    this.changed.add(id);
  }

  _forget(entry) {
    this._seen.delete(keyOf(entry));
  }
}

function keyOf(entry) {
  switch (entry.type) {
    case 'refused': return `${entry.worker}:${entry.n}`;
    case 'support': return `talk ${entry.talk_id}:${entry.n}`;
    default: return `${entry.goods_id}:${entry.seq}`;
  }
}
