/** On phones: the price, the clock and the bid at the foot of the screen while the panel's own button is out of sight. */
import { bidButton, offerLeast } from './bid_button.js';
import { el, setText } from './elements.js';
import { countdownOf, priceLabel } from './lot_words.js';
import { PriceTag } from './price_tag.js';
import { t } from '../i18n.js';

export class LotBar {
  /** @param {{lot: object, lots: object, bidding: object, panel: import('./lot_panel.js').LotPanel}} options */
  constructor({ lot, lots, bidding, panel }) {
    this._options = { lot, lots, bidding };
    this._panel = panel;
    this._isNeeded = false;
    this._price = new PriceTag(lot.price);
    this._label = el('span', { class: 'label' });
    this._time = el('span', { class: 'bar__time' });
    this._note = el('p', { class: 'bar__note', 'aria-hidden': 'true' }); // said by the panel
    this._button = bidButton('bar__bid', (price) => bidding.bid(lot, { price }));
    this.element = el('section', { class: 'bar', 'aria-label': t('bar.label') },
      this._note,
      el('p', { class: 'figure bar__figure' }, this._label, this._price.element),
      this._time,
      this._button);
    new IntersectionObserver(([{ intersectionRatio: ratio }]) => {
      this._isNeeded = ratio < 1;
      this.update();
    }, { threshold: [0, 1] }).observe(panel.bidRow);
    this.update();
  }

  update() {
    const { lot, lots, bidding } = this._options;
    const hadFocus = this.element.contains(document.activeElement);
    this.element.hidden = !this._isNeeded || !lots.isOpen(lot);
    document.body.classList.toggle('has-bar', !this.element.hidden);
    if (this.element.hidden && hadFocus) this._panel.focus();
    this._price.show(lot.price);
    setText(this._label, priceLabel(lot));
    offerLeast(this._button, this._options);
    const { text, tone } = bidding.noteOf(lot);
    this._note.dataset.tone = tone;
    setText(this._note, this.element.hidden ? '' : text);
    this.tick(lots.now());
  }

  tick(now) {
    const { time, isUrgent } = countdownOf(this._options.lot, this._options.lots, now);
    setText(this._time, time);
    this._time.classList.toggle('is-urgent', isUrgent);
  }
}
