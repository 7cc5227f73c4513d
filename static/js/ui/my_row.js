/** One participation in the reader's list. */
import { lotAddress } from '../addresses.js';
import { yuan } from '../format.js';
import { t } from '../i18n.js';
import { user } from '../session.js';
import { el, setText } from './elements.js';
import { describe } from './lot_words.js';
import { PriceTag } from './price_tag.js';
import { StatusPill } from './status_pill.js';

const WON = 1;
const LOST = 2;
const LEADING = 1;

/** Shows what the API told until a live lot or event tells better. */
export class MyRow {
  constructor(mine) {
    this._mine = mine;
    this._seen = { price: mine.current_price, user_id: null, status: 'open' };
    this._pill = new StatusPill(this._standing());
    this._own = el('span', { class: 'row__price' }, yuan(mine.price));
    this._current = new PriceTag(mine.current_price);
    this._currentLabel = el('span', { class: 'label' });
    this.element = el('li', {},
      el('a', { class: 'row row--mine', href: lotAddress(mine.goods_id, mine.group_id) },
        el('span', { class: 'row__name' },
          el('span', { class: 'sn' }, mine.goods.sn),
          el('span', { class: 'row__kind' }, describe(mine.goods))),
        el('span', { class: 'row__figures' },
          el('span', { class: 'figure' }, el('span', { class: 'label' }, t('lot.my_price')), this._own),
          el('span', { class: 'row__current' }, el('span', { class: 'figure' }, this._currentLabel, this._current.element))),
        this._pill.element));
    this._show();
  }

  /** Takes a lot of a live state, or an event about it; what either leaves out stays. */
  take({ price, user_id: userId, status }) {
    if (price !== undefined) this._seen.price = price;
    if (userId !== undefined) this._seen.user_id = userId;
    if (status !== undefined) this._seen.status = status;
    if (userId === user()?.id && price !== undefined) this._mine.price = price;
    this._show();
  }

  _show() {
    const standing = this._standing();
    this._pill.show(standing);
    this.element.dataset.standing = standing;
    setText(this._own, yuan(this._mine.price));
    this._current.show(this._seen.price);
    setText(this._currentLabel, t(standing === 'won' || standing === 'lost' ? 'lot.final_price' : 'lot.current_price'));
  }

  _standing() {
    const { bid_status: outcome, status } = this._mine;
    if (outcome === WON) return 'won';
    if (outcome === LOST) return 'lost';
    if (this._seen.status === 'withdrawn') return 'withdrawn';
    if (this._seen.user_id === null) return status === LEADING ? 'leading' : 'outbid';
    const isMine = this._seen.user_id === user()?.id;
    if (this._seen.status === 'closed') return 'closed';
    if (this._seen.status === 'open') return isMine ? 'leading' : 'outbid';
    return isMine ? 'won' : 'lost';
  }
}
