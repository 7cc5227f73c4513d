/** The price of one lot, its clock and everything to bid with: the main part of the lot's page. */
import { timeSeenFrom, yuan } from '../format.js';
import { t } from '../i18n.js';
import { BidControls } from './bid_controls.js';
import { el, setText } from './elements.js';
import { bidsText, countdownOf, leaderText, priceLabel, saidText } from './lot_words.js';
import { MaximumForm } from './maximum_form.js';
import { isHeld, pressable } from './pressables.js';
import { PriceTag } from './price_tag.js';
import { Spoken } from './spoken.js';
import { StatusPill } from './status_pill.js';

const CLOSED = { not_started: 'bid.wait', paused: 'bid.paused', withdrawn: 'bid.withdrawn' };

export class LotPanel {
  /** `admission`: the note of who may bid. */
  constructor({ lot, lots, bidding, admission }) {
    this._lot = lot;
    this._lots = lots;
    this._bidding = bidding;
    this._pill = new StatusPill(lots.standingOf(lot));
    this._price = new PriceTag(lot.price);
    this._label = el('span', { class: 'label' });
    this._leader = el('span', { class: 'lot__leader' });
    this._bids = el('span', {});
    this._watchers = el('span', {});
    this._timeLabel = el('span', { class: 'label' });
    this._time = el('span', { class: 'countdown lot__countdown', role: 'timer' });
    this._extended = el('p', { class: 'notice', role: 'status' });
    this._said = el('p', { class: 'notice', role: 'status' });
    this._closed = el('p', { class: 'lot__closed', tabindex: -1 });
    this._spoken = new Spoken();
    this._controls = new BidControls({ lot, lots, bidding });
    this._maximum = new MaximumForm({ lot, lots, bidding, controls: this._controls });
    this._buyOutButton = el('button', { class: 'button', type: 'button', onclick: () => this._buyOutNow() },
      t('buyout.button', { price: yuan(lot.top_price) }));
    this._buyOut = el('section', { class: 'panel buyout' }, el('p', { class: 'panel__text' }, t('buyout.explain')), this._buyOutButton);
    this.bidRow = this._controls.row;
    const main = el('section', { class: 'panel panel--price' },
      el('div', { class: 'lot__figures' },
        el('p', { class: 'figure' }, this._label, this._price.element),
        el('p', { class: 'figure figure--end' }, this._timeLabel, this._time)),
      el('p', { class: 'lot__state' }, this._pill.element, this._leader),
      this._spoken.element,
      el('p', { class: 'lot__counts' }, this._bids, this._watchers),
      this._extended,
      this._said,
      admission.element,
      this._controls.element,
      this._closed);
    this.element = el('div', { class: 'lot__side' }, main, this._maximum.element, this._buyOut);
    this.update();
  }

  update() {
    const { _lot: lot, _lots: lots } = this;
    this._standing = lots.standingOf(lot);
    this._pill.show(this._standing);
    this.element.dataset.standing = this._standing;
    this._price.show(lot.price);
    setText(this._label, priceLabel(lot));
    setText(this._leader, leaderText(lot));
    setText(this._bids, bidsText(lot.bids));
    this._spoken.say(t('lot.spoken', { what: priceLabel(lot), price: yuan(lot.price), standing: t(`status.${this._standing}`) }));
    this._extended.hidden = !lot.extended_by || lot.status !== 'open';
    if (lot.extended_by) setText(this._extended, t(`extended.${lot.extended_by}_until`, { time: timeSeenFrom(lots.now(), lot.end_at) }));
    this._said.hidden = !lot.said;
    setText(this._said, saidText(lot));
    const isOpen = lots.isOpen(lot);
    const hadFocus = !isOpen && this.element.querySelector(':is(.bid, .maximum, .buyout) :focus') !== null;
    this._closed.hidden = isOpen;
    setText(this._closed, t(CLOSED[this._standing] ?? 'bid.ended'));
    this._controls.update();
    this._maximum.update();
    this._buyOut.hidden = !isOpen;
    if (hadFocus) this._closed.focus(); // what had it is gone
    pressable(this._buyOutButton, !this._bidding.isBarred(lot));
    this._showTime(lots.now());
  }

  showWatchers(count) {
    setText(this._watchers, t('lot.watchers', { count }));
  }

  tick(now) {
    if (this._lots.standingOf(this._lot) === this._standing) this._showTime(now);
    else this.update();
  }

  /** To what there is to bid with, or to the word that there is nothing. */
  focus() {
    if (this._closed.hidden) this._controls.focus();
    else this._closed.focus();
  }

  /** Bids from outside the panel, for example from a notice. */
  bid(offer) {
    this._controls.focus();
    return this._controls.bid(offer);
  }

  _buyOutNow() {
    if (!isHeld(this._buyOutButton)) this._controls.bid({ price: this._lot.top_price });
  }

  _showTime(now) {
    const { label, time, isUrgent } = countdownOf(this._lot, this._lots, now);
    setText(this._timeLabel, label);
    setText(this._time, time);
    this._time.classList.toggle('is-urgent', isUrgent);
  }
}
