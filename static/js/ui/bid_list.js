/** The last bids on a lot, newest first. */
import { bidderName } from '../bidders.js';
import { timeSeenFrom, yuan } from '../format.js';
import { t } from '../i18n.js';
import { user } from '../session.js';
import { el } from './elements.js';

const MOST = 50; // as many as the server keeps ready

/** Keeps the bids by seq, so that one told twice is shown once. */
export class BidList {
  constructor(now) {
    this._now = now;
    this._bids = [];
    this._rows = el('ol', { class: 'bids' });
    this._empty = el('p', { class: 'place__hint' }, t('lot.no_bids'));
    this.element = el('div', {}, this._empty, this._rows);
  }

  get bids() {
    return this._bids;
  }

  get newestSeq() {
    return this._bids[0]?.seq ?? 0;
  }

  /** Takes the server's list, newest first. */
  replace(bids) {
    this._bids = bids.slice(0, MOST);
    this._show();
  }

  /** Takes one newer bid; false when bids between are missing. */
  add({ seq, user_id: userId, nickname, price, at, act, reason, back_to: backTo }) {
    const isNext = seq === this.newestSeq + 1;
    if (seq <= this.newestSeq) return true;
    const entry = { seq, user_id: userId, nickname, price, at, act, reason, back_to: backTo };
    this._bids = [entry, ...this._bids].slice(0, MOST);
    this._show();
    return isNext;
  }

  /** Whether an operator has taken it back. */
  _isVoid(seq) {
    return this._bids.some(({ act, seq: end, back_to: start }) => act === 'void' && start < seq && seq < end);
  }

  _show() {
    this._empty.hidden = this._bids.length > 0;
    this._rows.replaceChildren(...this._bids.map((bid) => this._row(bid)));
  }

  _row({ seq, nickname, price, at, user_id: userId, act, reason }) {
    const kinds = ['bids__row', !act && userId === user()?.id && 'is-own', act && 'is-act', !act && this._isVoid(seq) && 'is-void'];
    return el('li', { class: kinds.filter(Boolean).join(' ') },
      el('span', { class: 'bids__name' }, act ? t(`said.${act}`, { reason }) : bidderName({ user_id: userId, nickname })),
      el('time', { class: 'bids__time', datetime: new Date(at).toISOString() }, timeSeenFrom(this._now(), at)),
      el('span', { class: 'bids__price' }, price ? yuan(price) : ''));
  }
}
