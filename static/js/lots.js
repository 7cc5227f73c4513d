/** The lots a page shows: what REST told, kept true by live states and events. */
import { parseServerTime } from './format.js';
import { user } from './session.js';
import { stepAt } from './steps.js';

/**
 * A lot is a goods object of the API plus its live fields: `price, user_id, nickname, seq, status, end_at, bids`,
 * `extended_by`, `is_paused`, `said` (what an operator did last, and why, or null) and `mine` (the reader's participation or null).
 */
export class Lots {
  /**
   * @param {() => number} now the server's clock
   * @param {(lot: object) => void} onChange after every change of a lot
   */
  constructor(now, onChange) {
    this.now = now;
    this._onChange = onChange;
    this._lots = new Map(); // all that the page has ever shown: notices and answers may still be about them
    this._joined = new Map(); // goods id → the reader's participation, also in lots that are not shown
    this.group = null;
  }

  get all() {
    return [...this._lots.values()];
  }

  /** How many lots the reader takes part in. */
  get mineCount() {
    return new Set([...this._joined.keys(), ...this.all.filter((lot) => lot.mine).map((lot) => lot.id)]).size;
  }

  find(id) {
    return this._lots.get(id) ?? null;
  }

  /** Takes a group of the API: `{id, issue, start_at, end_at, status}`. */
  setGroup(group) {
    this.group = { ...group, start_at: parseServerTime(group.start_at), end_at: parseServerTime(group.end_at) };
  }

  /** Takes goods of the API, before the live state tells more. */
  fill(goods) {
    goods.forEach((item) => {
      const bid = Array.isArray(item.bid) ? null : item.bid;
      this._lots.set(item.id, {
        ...item,
        step: item.step ?? 1,
        steps: item.steps ?? [],
        price: bid?.price ?? item.low_price,
        user_id: bid?.user_id ?? null,
        nickname: bid?.nickname ?? null,
        seq: 0,
        status: 'open',
        end_at: item.end_at ? parseServerTime(item.end_at) : this.group.end_at,
        bids: bid ? null : 0, // how many is not told here
        mine: null,
        extended_by: null,
        is_paused: false,
        said: null,
      });
    });
  }

  /** Takes lots as a catalogue lists them, and gives them; one whose newer events were heard keeps what these told. */
  take(listed) {
    return listed.map(({ live: { goods_id: id, ...live }, ...terms }) => {
      const lot = this.find(id) ?? { seq: -1, mine: this._joined.get(id) ?? null, refused: null };
      Object.assign(lot, terms, lot.seq > live.seq ? {} : live);
      this._lots.set(id, lot);
      return lot;
    });
  }

  /** Takes what the reader takes part in; a bid that was answered meanwhile is newer. */
  join(participations) {
    participations.forEach((mine) => {
      this._joined.set(mine.goods_id, mine);
      const lot = this.find(mine.goods_id);
      if (lot && mine.price >= (lot.mine?.price ?? 0)) lot.mine = mine;
    });
    this.all.forEach(this._onChange);
  }

  /** Forgets what the reader took part in: they signed out, or are somebody else now. */
  leave() {
    this._joined.clear();
    this.all.forEach((lot) => { lot.mine = null; });
    this.all.forEach(this._onChange);
  }

  /** Takes a lot of a live snapshot. */
  takeState({ goods_id: id, ...live }) {
    this._change(id, (lot) => Object.assign(lot, live, { refused: null }));
  }

  /** Takes a live event about a lot or the group. */
  takeEvent(event) {
    if (event.type === 'group') this._changeGroup(event);
    if (event.type === 'price') this._change(event.goods_id, (lot) => takePrice(lot, event));
    if (event.type === 'lot') this._change(event.goods_id, (lot) => takeClosing(lot, event));
    if (event.type === 'extended') this._change(event.goods_id, (lot) => takeExtension(lot, event));
    if (event.type === 'action') this._change(event.goods_id, (lot) => takeAction(lot, event));
  }

  /** Takes the answer to an own bid, which may arrive after newer events, and the maximum that went with it; one that is higher stays. */
  takeParticipation(mine, maximum) {
    this._change(mine.goods_id, (lot) => {
      const kept = lot.mine?.max_price > mine.price ? lot.mine.max_price : null;
      lot.mine = { ...mine, max_price: mine.max_price ?? maximum ?? kept };
      const { bid } = mine.goods;
      if (Array.isArray(bid) || (bid.price <= lot.price && lot.user_id !== null)) return;
      Object.assign(lot, { price: bid.price, user_id: bid.user_id, nickname: bid.nickname, refused: null });
    });
  }

  /** Takes the reader's maximum, changed without a bid. */
  takeMaximum(id, maximum) {
    this._change(id, (lot) => { lot.mine = { ...lot.mine, max_price: maximum }; });
  }

  /** Takes the truth a refusal names, until an event brings the whole of it. */
  takeRefusal(id, { current, minimum }) {
    if (current === undefined) return;
    this._change(id, (lot) => {
      if (current < lot.price) return;
      lot.price = current;
      lot.refused = { minimum };
    });
  }

  /** The least the next bid must be; the buy-out price may always be offered. */
  minimumOf(lot) {
    const least = lot.user_id === null ? lot.low_price : lot.price + stepAt(lot.price, lot);
    return Math.min(Math.max(least, lot.refused?.minimum ?? 0), lot.top_price);
  }

  hasStarted() {
    return this.now() >= this.group.start_at;
  }

  isOpen(lot) {
    return lot.status === 'open' && !lot.is_paused && this.hasStarted() && this.now() < lot.end_at;
  }

  /** How the reader stands: one of the `status.…` texts. */
  standingOf(lot) {
    const isMine = lot.user_id !== null && lot.user_id === user()?.id;
    if (lot.status === 'unsold' || lot.status === 'withdrawn') return lot.status;
    if (lot.status === 'won') return isMine ? 'won' : lot.mine ? 'lost' : 'sold';
    if (lot.status === 'open' && lot.is_paused) return 'paused';
    if (!this.hasStarted()) return 'not_started';
    if (!this.isOpen(lot)) return 'closed';
    if (isMine) return 'leading';
    return lot.mine ? 'outbid' : 'open';
  }

  _change(id, change) {
    const lot = this.find(id);
    if (!lot) return;
    change(lot);
    this._onChange(lot);
  }

  /** Takes an operator's words to all who look at the group. */
  announce(text) {
    this.group.announcement = text;
    this.all.forEach(this._onChange);
  }

  _changeGroup({ id, status, start_at: start, end_at: end, announcement }) {
    if (id !== this.group?.id) return;
    const inMs = (time) => (typeof time === 'string' ? parseServerTime(time) : time);
    Object.assign(this.group, { status, start_at: inMs(start), end_at: inMs(end), announcement });
    this.all.forEach(this._onChange);
  }
}

function takePrice(lot, { seq, price, user_id: userId, nickname, end_at: end, extended_by: reason, bids, act }) {
  if (seq < lot.seq) return; // a list may know more than an event that travelled long
  const isOwn = userId === user()?.id;
  if (bids !== undefined) lot.bids = bids;
  else if (lot.bids !== null && !act) lot.bids += Math.max(1, seq - lot.seq); // a seq is a bid: skipped ones count too
  Object.assign(lot, { seq, price, nickname, user_id: userId, refused: null });
  if (end !== undefined) takeExtension(lot, { end_at: end, extended_by: reason ?? lot.extended_by });
  if (isOwn) lot.mine = { ...lot.mine, price, status: 1 };
}

function takeClosing(lot, { seq, status, price, user_id: userId }) {
  Object.assign(lot, { seq: seq ?? lot.seq, status, price: price ?? lot.price, user_id: userId ?? lot.user_id });
}

function takeExtension(lot, { end_at: end, extended_by: reason }) {
  moveEnd(lot, end);
  lot.extended_by = reason;
}

/** What an operator did: the price may fall by it, and the end come nearer. */
function takeAction(lot, { seq, act, reason, at, end_at: end, status, price, user_id: userId, nickname, bids, is_paused: isPaused }) {
  const now = { seq, status, price, user_id: userId, nickname, bids, end_at: end, is_paused: isPaused };
  Object.assign(lot, now, { said: { act, reason, at }, refused: null });
}

/** An end only ever moves back, but for what operators do. */
function moveEnd(lot, end) {
  lot.end_at = Math.max(end, lot.end_at);
}
