/** The buttons and the field with which one lot is bid on. */
import { parseYuan, shortYuan, yuan } from '../format.js';
import { t } from '../i18n.js';
import { el, setText } from './elements.js';

const STEPS = [100, 1000, 5000, 10000]; // fen above the current price

/** Quick bids and an own amount; `isCompact` folds the amount away behind a button. */
export class BidControls {
  /** @param {{lot: object, lots: object, bidding: object, isCompact?: boolean}} options */
  constructor({ lot, lots, bidding, isCompact = false }) {
    this._lot = lot;
    this._lots = lots;
    this._bidding = bidding;
    this._minimum = this._button('button--bid', lots.minimumOf(lot));
    this._steps = STEPS.filter((step) => step >= lot.step).map((step) => ({ step, button: this._button('quick__step') }));
    this._own = this._ownForm(isCompact);
    this._note = el('p', { class: 'bid__note', role: 'status' });
    this.element = el('div', { class: 'bid' },
      el('div', { class: 'bid__row' }, this._minimum, isCompact && this._otherButton()),
      el('div', { class: 'quick', role: 'group', 'aria-label': t('bid.quick') }, ...this._steps.map(({ button }) => button)),
      this._own,
      this._note);
    this.update();
  }

  /** Shows what may be bid now. */
  update() {
    const { _lot: lot, _lots: lots } = this;
    const isOpen = lots.isOpen(lot);
    const minimum = lots.minimumOf(lot);
    const isBusy = this._bidding.isBusy(lot);
    this.element.hidden = !isOpen;
    this.element.setAttribute('aria-busy', isBusy);
    this._offer(this._minimum, minimum, isBusy ? t('bid.sending') : t('bid.place', { price: yuan(minimum) }), isBusy);
    this._steps.forEach(({ step, button }) => {
      const price = lot.price + step;
      const isPossible = price >= minimum && price <= lot.top_price;
      button.setAttribute('aria-label', t('bid.add', { amount: shortYuan(step), price: yuan(price) }));
      this._offer(button, price, `+${shortYuan(step)}`, isBusy || !isPossible);
    });
    this._field.placeholder = (minimum / 100).toFixed(2);
    if (lot.price !== this._saidAt) setText(this._note, ''); // what was said is about another price
    this._send.disabled = isBusy;
  }

  /** Bids and says in words how it went. */
  async bid(offer) {
    this._say('', true);
    const outcome = this._bidding.bid(this._lot, offer);
    this.update();
    const result = await outcome;
    this.update();
    if (result) this._say(result.text, result.isDone);
    return Boolean(result?.isDone);
  }

  _button(kind) {
    const button = el('button', { class: `button ${kind}`, type: 'button' });
    // What was read on the button when the finger came down is what is bid, even if the price moved since.
    button.addEventListener('pointerdown', () => { this._pressed = { button, price: Number(button.value) }; });
    button.addEventListener('click', ({ detail: presses }) => {
      // Pressed by keyboard there was no finger before.
      const price = presses > 0 && this._pressed?.button === button ? this._pressed.price : Number(button.value);
      this.bid({ price });
    });
    return button;
  }

  _offer(button, price, text, isDisabled) {
    button.value = price;
    button.disabled = isDisabled;
    setText(button, text);
  }

  _otherButton() {
    const button = el('button', {
      class: 'button', type: 'button', 'aria-expanded': 'false', 'aria-controls': this._own.id,
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
    this._send = el('button', { class: 'button' }, t('bid.send'));
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
    if (problem) this._say(problem, false);
    else if (await this.bid({ price })) this._field.value = '';
  }

  _problemOf(price) {
    const minimum = this._lots.minimumOf(this._lot);
    if (price === null) return t('bid.not_a_price');
    if (price < minimum) return t('bid.too_low', { price: yuan(minimum) });
    return price > this._lot.top_price ? t('bid.too_high', { price: yuan(this._lot.top_price) }) : null;
  }

  _say(text, isGood) {
    this._saidAt = this._lot.price;
    this._note.dataset.tone = isGood ? 'good' : 'bad';
    setText(this._note, text);
  }
}
