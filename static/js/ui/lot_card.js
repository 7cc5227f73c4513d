/** One lot in the list of the current group. */
import { BidControls } from './bid_controls.js';
import { el, setText } from './elements.js';
import { thumbnail } from './lot_pictures.js';
import { bidsText, countdownOf, describe, leaderText, priceLabel, saidText } from './lot_words.js';
import { PriceTag } from './price_tag.js';
import { StatusPill } from './status_pill.js';
import { WatchButton } from './watch_button.js';
import { t } from '../i18n.js';

/** `update` after the lot changed, `tick` with the clock. */
export class LotCard {
  /** @param {{lot: object, lots: object, bidding: object, watchlist: object, href: string}} options `href` of the lot's page */
  constructor({ lot, lots, bidding, watchlist, href }) {
    this.lot = lot;
    this._lots = lots;
    this._standing = lots.standingOf(lot);
    this._pill = new StatusPill(this._standing);
    this._price = new PriceTag(lot.price);
    this._label = el('span', { class: 'label' });
    this._timeLabel = el('span', { class: 'label' });
    this._time = el('span', { class: 'countdown', role: 'timer' });
    this._leader = el('span', { class: 'card__leader' });
    this._bids = el('span', {});
    this._said = el('p', { class: 'card__said', role: 'status' });
    this._extended = el('span', { class: 'tag' });
    this.controls = new BidControls({ lot, lots, bidding, isCompact: true });
    this._link = el('a', { class: 'sn', href }, lot.sn);
    this.watch = new WatchButton({ lot, watchlist });
    this.element = el('li', { class: 'card' },
      el('div', { class: 'card__head' },
        thumbnail(lot, this._link.href),
        el('h2', { class: 'card__title' }, this._link),
        this._pill.element,
        el('p', { class: 'card__kind' }, describe(lot), ...lot.fancies.map((fancy) => el('span', { class: 'tag' }, t(`fancy.${fancy}`)))),
        this.watch.element),
      el('div', { class: 'card__figures' },
        el('p', { class: 'figure' }, this._label, this._price.element),
        el('p', { class: 'figure figure--end' }, this._timeLabel, this._time)),
      el('p', { class: 'card__foot' }, this._leader, el('span', { class: 'card__bids' }, this._extended, this._bids)),
      this._said,
      this.controls.element);
    this.update();
  }

  update() {
    const { lot } = this;
    this._standing = this._lots.standingOf(lot);
    this.element.dataset.standing = this._standing;
    this._pill.show(this._standing);
    this._price.show(lot.price);
    setText(this._label, priceLabel(lot));
    setText(this._leader, leaderText(lot));
    setText(this._bids, bidsText(lot.bids));
    this._extended.hidden = !lot.extended_by || lot.status !== 'open';
    if (lot.extended_by) setText(this._extended, t(`extended.${lot.extended_by}`));
    this._said.hidden = !lot.said;
    setText(this._said, saidText(lot));
    const hadFocus = !this._lots.isOpen(lot) && this.controls.element.contains(document.activeElement);
    this.controls.update();
    if (hadFocus) this._link.focus(); // what had it is gone
    this._showTime();
  }

  /** Cheap enough for every beat: only a change of standing draws the whole card. */
  tick(now) {
    if (this._lots.standingOf(this.lot) === this._standing) this._showTime(now);
    else this.update();
  }

  _showTime(now = this._lots.now()) {
    const { label, time, isUrgent } = countdownOf(this.lot, this._lots, now);
    setText(this._timeLabel, label);
    setText(this._time, time);
    this._time.classList.toggle('is-urgent', isUrgent);
  }
}
