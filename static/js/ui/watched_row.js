/** One lot of the watch list. */
import { lotAddress } from '../addresses.js';
import { duration } from '../format.js';
import { t } from '../i18n.js';
import { user } from '../session.js';
import { el, setText } from './elements.js';
import { bidsText, describe } from './lot_words.js';
import { PriceTag } from './price_tag.js';
import { StatusPill } from './status_pill.js';
import { WatchButton } from './watch_button.js';

export class WatchedRow {
  /** @param {{lot: object, watchlist: object}} options `lot` as the watch list tells it */
  constructor({ lot, watchlist }) {
    this._state = { ...lot.live };
    this._price = new PriceTag(lot.live.price);
    this._pill = new StatusPill('open');
    this._time = el('span', { class: 'countdown' });
    this._bids = el('span', { class: 'row__kind' });
    this.watch = new WatchButton({ lot, watchlist });
    this.element = el('li', { class: 'watched' },
      el('a', { class: 'row row--mine', href: lotAddress(lot.id, lot.group_id) },
        el('span', { class: 'row__name' }, el('span', { class: 'sn' }, lot.sn), el('span', { class: 'row__kind' }, describe(lot))),
        el('span', { class: 'row__figures' },
          el('span', { class: 'figure' }, this._price.element, this._bids),
          this._time),
        this._pill.element),
      this.watch.element);
    this.tick(Date.now());
  }

  /** Takes a lot of a live state, or an event about it; what either leaves out stays. */
  take(news) {
    if (news.seq < this._state.seq) return;
    const told = Object.entries(news).filter(([name, value]) => name in this._state && value !== undefined);
    if (news.type === 'price' && !news.act && news.bids === undefined) this._state.bids += news.seq - this._state.seq;
    Object.assign(this._state, Object.fromEntries(told));
    this._price.show(this._state.price);
  }

  tick(now) {
    const { status, end_at: end, is_paused: isPaused, bids } = this._state;
    const isOpen = status === 'open' && now < end;
    setText(this._time, isOpen && !isPaused ? duration(end - now) : '');
    setText(this._bids, bidsText(bids));
    const standing = this._standing(isOpen);
    this._pill.show(standing);
    this.element.dataset.standing = standing;
  }

  _standing(isOpen) {
    const { status, user_id: leader, is_paused: isPaused } = this._state;
    const isMine = leader !== null && leader === user()?.id;
    if (status === 'won') return isMine ? 'won' : 'sold';
    if (status !== 'open') return status;
    if (isPaused) return 'paused';
    if (!isOpen) return 'closed';
    return isMine ? 'leading' : 'open';
  }
}
