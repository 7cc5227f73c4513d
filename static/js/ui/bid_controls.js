/** The buttons and the field with which one lot is bid on. */
import { parseYuan, shortYuan, yuan } from '../format.js';
import { t } from '../i18n.js';
import { quickRaises } from '../raises.js';
import { bidButton, offer, offerLeast } from './bid_button.js';
import { el, setText } from './elements.js';
import { pressable } from './pressables.js';
import { toolbar } from './toolbar.js';

/** Quick bids and an own amount; `isCompact` folds the amount away behind a button. */
export class BidControls {
  /** @param {{lot: object, lots: object, bidding: import('./bidding.js').Bidding, isCompact?: boolean}} options */
  constructor({ lot, lots, bidding, isCompact = false }) {
    this._lot = lot;
    this._lots = lots;
    this._bidding = bidding;
    const bid = (price) => this.bid({ price });
    this._minimum = bidButton('button--bid', bid);
    this._raises = quickRaises(lot).map(() => bidButton('quick__step', bid));
    this._own = this._ownForm(isCompact);
    this._note = el('p', { class: 'bid__note', role: 'status' });
    this.row = el('div', { class: 'bid__row' }, this._minimum, isCompact && this._otherButton());
    this.element = el('div', { class: 'bid' },
      this.row,
      toolbar({ class: 'quick', label: t('bid.quick_of', { sn: lot.sn }), buttons: this._raises }),
      this._own,
      this._note);
    this.update();
  }

  /** Shows what may be bid now. */
  update() {
    const { _lot: lot, _lots: lots, _bidding: bidding } = this;
    const minimum = lots.minimumOf(lot);
    const isBarred = bidding.isBarred(lot);
    this.element.hidden = !lots.isOpen(lot);
    offerLeast(this._minimum, { lot, lots, bidding });
    quickRaises(lot).forEach((raise, index) => {
      const button = this._raises[index];
      const price = lot.price + raise;
      button.setAttribute('aria-label', t('bid.add', { amount: shortYuan(raise), price: yuan(price), sn: lot.sn }));
      offer(button, price, `+${shortYuan(raise)}`, isBarred || price < minimum || price > lot.top_price);
    });
    this._field.placeholder = (minimum / 100).toFixed(2);
    pressable(this._send, !isBarred);
    this._showNote();
  }

  /** Bids; whether it stands. How it went is said beside the buttons. */
  bid(wanted) {
    return this._bidding.bid(this._lot, wanted);
  }

  focus() {
    this._minimum.focus();
  }

  _showNote() {
    const { text, tone } = this._bidding.noteOf(this._lot);
    this._note.dataset.tone = tone;
    setText(this._note, text);
  }

  _otherButton() {
    const button = el('button', {
      class: 'button', type: 'button', 'aria-expanded': 'false', 'aria-controls': this._own.id,
      'aria-label': t('bid.other_of', { sn: this._lot.sn }),
    }, t('bid.other'));
    button.addEventListener('click', () => {
      this._own.hidden = !this._own.hidden;
      button.setAttribute('aria-expanded', !this._own.hidden);
      if (!this._own.hidden) this._field.focus();
    });
    return button;
  }

  _ownForm(isHidden) {
    const id = `own-${this._lot.id}`;
    this._field = el('input', {
      class: 'field__input', id: `${id}-price`, inputmode: 'decimal', autocomplete: 'off', enterkeyhint: 'send',
    });
    this._send = el('button', { class: 'button', 'aria-label': t('bid.send_of', { sn: this._lot.sn }) }, t('bid.send'));
    const form = el('form', { class: 'own', id, hidden: isHidden },
      el('label', { class: 'field__label', for: `${id}-price` }, t('bid.own')),
      el('div', { class: 'own__row' }, this._field, this._send));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this._bidOwn();
    });
    return form;
  }

  async _bidOwn() {
    const price = parseYuan(this._field.value);
    const problem = this._problemOf(price);
    this._field.setAttribute('aria-invalid', Boolean(problem));
    if (problem) this._bidding.say(this._lot, problem, 'bad');
    else if (await this.bid({ price })) this._field.value = '';
  }

  _problemOf(price) {
    const minimum = this._lots.minimumOf(this._lot);
    if (price === null) return t('bid.not_a_price');
    if (price < minimum) return t('bid.too_low', { price: yuan(minimum) });
    return price > this._lot.top_price ? t('bid.too_high', { price: yuan(this._lot.top_price) }) : null;
  }
}
