/** The record of a lot, newest first: the last bids live, those before them page by page. */
import { bidSheetAddress, listBids } from '../api.js';
import { bidderName } from '../bidders.js';
import { preciseTimeSeenFrom, yuan } from '../format.js';
import { t } from '../i18n.js';
import { user } from '../session.js';
import { el, setText } from './elements.js';
import { pager } from './pager.js';
import { showToast } from './toasts.js';

const MOST = 50; // as many as the server keeps ready, and on each page
const AT_ONCE = 100; // the most the server gives at once
const MOST_PRINTED = 2000;

/** Keeps the newest bids by seq, so that one told twice is shown once. */
export class BidList {
  /** @param {{goodsId: number, now: () => number}} options */
  constructor({ goodsId, now }) {
    this._goodsId = goodsId;
    this._now = now;
    this._bids = [];
    this._page = 1;
    this._rows = el('ol', { class: 'bids' });
    this._empty = el('p', { class: 'place__hint' }, t('lot.no_bids'));
    this._pager = el('div', {});
    this._actions = el('p', { class: 'bids__actions' },
      el('a', { class: 'button button--small', href: bidSheetAddress(goodsId), download: true }, t('record.sheet')),
      el('button', { class: 'button button--small', type: 'button', onclick: () => this._print() }, t('record.print')));
    this.note = el('span', {}); // how many there are
    this.element = el('div', {}, this._empty, this._rows, this._pager, this._actions);
  }

  /** The newest, as the server keeps them ready. */
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
  add({ seq, user_id: userId, nickname, price, at, act, reason, back_to: backTo, is_proxy: isProxy }, { isExtended }) {
    const isNext = seq === this.newestSeq + 1;
    if (seq <= this.newestSeq) return true;
    const entry = { seq, user_id: userId, nickname, price, at, act, reason, back_to: backTo, is_proxy: isProxy, is_extended: isExtended };
    this._bids = [entry, ...this._bids].slice(0, MOST);
    this._show();
    return isNext;
  }

  /** Whether an operator has taken it back. */
  _isVoid({ seq, act, is_void: isVoid }) {
    if (act) return false;
    return Boolean(isVoid) || this._bids.some(({ act: later, seq: end, back_to: start }) => later === 'void' && start < seq && seq < end);
  }

  _show() {
    const total = this.newestSeq; // the record has no gaps
    this._empty.hidden = total > 0;
    this._actions.hidden = total === 0;
    setText(this.note, total > 0 ? t('record.count', { count: total }) : '');
    if (this._page === 1) this._draw(this._bids);
    this._showPager(`${this._page}/${Math.ceil(total / MOST)}`, total);
  }

  /** Drawn anew only where it says something else: it may have the focus. */
  _showPager(place, total) {
    if (this._pager.dataset.place === place) return;
    this._pager.dataset.place = place;
    this._pager.replaceChildren(pager({ page: this._page, limit: MOST, total, go: (page) => this._turnTo(page) }) ?? '');
  }

  _draw(bids) {
    this._rows.replaceChildren(...bids.map((bid) => this._row(bid)));
  }

  async _turnTo(page) {
    if (page > 1) {
      const older = await listBids(this._goodsId, page, MOST).catch(tellFailure);
      if (!older) return;
      this._draw(older.list);
    }
    this._page = page;
    this._show();
    this._rows.firstElementChild?.scrollIntoView({ block: 'nearest' });
    this._pager.querySelector('button:enabled')?.focus({ preventScroll: true });
  }

  /** On paper the record is whole. */
  async _print() {
    const pages = Math.ceil(Math.min(this.newestSeq, MOST_PRINTED) / AT_ONCE);
    const all = [];
    for (let page = 1; page <= pages; page += 1) {
      const found = await listBids(this._goodsId, page, AT_ONCE).catch(tellFailure);
      if (!found) return;
      all.push(...found.list.filter(({ seq }) => seq < (all.at(-1)?.seq ?? Infinity))); // bids may come meanwhile
    }
    const shown = [...this._rows.children];
    this._draw(all);
    window.addEventListener('afterprint', () => {
      if (this._page === 1) this._draw(this._bids);
      else this._rows.replaceChildren(...shown);
    }, { once: true });
    window.print();
  }

  _row(bid) {
    const { seq, nickname, price, at, user_id: userId, act, reason } = bid;
    const isVoid = this._isVoid(bid);
    const kinds = ['bids__row', !act && userId === user()?.id && 'is-own', act && 'is-act', isVoid && 'is-void'];
    const marks = [bid.is_proxy && 'record.automatic', bid.is_extended && 'record.extended', isVoid && 'record.void'].filter(Boolean);
    return el('li', { class: kinds.filter(Boolean).join(' '), value: seq },
      el('span', { class: 'bids__name' },
        el('span', { class: 'bids__who' }, act ? t(`said.${act}`, { reason }) : bidderName({ user_id: userId, nickname })),
        ...marks.map((key) => el('span', { class: 'tag' }, t(key)))),
      el('time', { class: 'bids__time', datetime: new Date(at).toISOString() }, preciseTimeSeenFrom(this._now(), at)),
      el('span', { class: 'bids__price' }, price ? yuan(price) : ''));
  }
}

function tellFailure(error) {
  showToast({ key: 'record', text: error.message, tone: 'bad' });
  return null;
}
