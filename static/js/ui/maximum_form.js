/** The reader's maximum on a lot: set with a bid, and changed or cancelled while they lead. */
import { parseYuan, yuan } from '../format.js';
import { t } from '../i18n.js';
import { user } from '../session.js';
import { stepAt } from '../steps.js';
import { el, setText } from './elements.js';
import { isHeld, pressable } from './pressables.js';

export class MaximumForm {
  /** @param {{lot: object, lots: import('../lots.js').Lots, bidding: import('./bidding.js').Bidding, controls: object}} options */
  constructor({ lot, lots, bidding, controls }) {
    this._lot = lot;
    this._lots = lots;
    this._bidding = bidding;
    this._controls = controls;
    this._field = el('input', {
      class: 'field__input', id: 'maximum', inputmode: 'decimal', autocomplete: 'off', 'aria-describedby': 'maximum-problem',
    });
    this._label = el('label', { class: 'field__label', for: 'maximum' });
    this._send = el('button', { class: 'button' });
    this._cancel = el('button', { class: 'button button--plain', type: 'button', onclick: () => this._cancelNow() }, t('maximum.cancel'));
    this._problem = el('p', { class: 'field__problem', id: 'maximum-problem', role: 'alert' });
    this._note = el('p', { class: 'maximum__note', role: 'status' });
    this._figures = { maximum: el('dd', {}), price: el('dd', {}), next: el('dd', {}) };
    this._facts = el('dl', { class: 'facts' }, ...Object.entries(this._figures).map(([name, value]) => (
      el('div', { class: 'facts__row' }, el('dt', {}, t(`maximum.${name}`)), value))));
    const form = el('form', { class: 'form' },
      this._label, this._field, this._problem, el('div', { class: 'maximum__actions' }, this._send, this._cancel));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this._submit();
    });
    this.element = el('section', { class: 'panel maximum', 'aria-labelledby': 'maximum-title' },
      el('h2', { class: 'panel__title', id: 'maximum-title' }, t('proxy.title')),
      el('p', { class: 'panel__text' }, t('proxy.explain')),
      this._facts,
      form,
      this._note);
  }

  update() {
    const { _lot: lot, _lots: lots, _bidding: bidding } = this;
    const minimum = lots.minimumOf(lot);
    const maximum = this._isLeading && lot.mine?.max_price >= lot.price ? lot.mine.max_price : null; // a beaten one is spent
    this.element.hidden = !lots.isOpen(lot) || (!this._isLeading && minimum === lot.top_price);
    this._facts.hidden = !this._isLeading;
    setText(this._figures.maximum, maximum === null ? t('maximum.none') : yuan(maximum));
    setText(this._figures.price, yuan(lot.price));
    setText(this._figures.next, nextBid(lot, maximum));
    setText(this._label, t(maximum === null ? 'proxy.label' : 'maximum.new'));
    setText(this._send, this._isLeading ? t(maximum === null ? 'maximum.set' : 'maximum.change') : t('proxy.send', { price: yuan(minimum) }));
    this._send.value = minimum;
    this._cancel.hidden = maximum === null;
    [this._send, this._cancel].forEach((button) => pressable(button, !bidding.isBarred(lot)));
    const { text, tone } = bidding.noteOf(lot, 'maximum');
    this._note.dataset.tone = tone;
    setText(this._note, text);
  }

  get _isLeading() {
    return this._lot.user_id !== null && this._lot.user_id === user()?.id;
  }

  async _submit() {
    if (isHeld(this._send)) return;
    const price = this._isLeading ? this._lot.price : Number(this._send.value);
    const maximum = parseYuan(this._field.value);
    const problem = this._problemOf(maximum, price);
    setText(this._problem, problem);
    this._field.setAttribute('aria-invalid', problem !== '');
    if (problem) return;
    const isDone = await (this._isLeading
      ? this._bidding.changeMaximum(this._lot, maximum) : this._controls.bid({ price, max_price: maximum }));
    if (isDone) this._field.value = '';
  }

  async _cancelNow() {
    if (isHeld(this._cancel)) return;
    const isDone = await this._bidding.changeMaximum(this._lot, null);
    if (isDone) this._field.focus(); // the button that had it is gone
  }

  _problemOf(maximum, price) {
    if (maximum === null) return t('bid.not_a_price');
    if (maximum < price) return t('proxy.at_least', { price: yuan(price) });
    return maximum > this._lot.top_price ? t('bid.too_high', { price: yuan(this._lot.top_price) }) : '';
  }
}

/** What the server answers the least bid of another with. */
function nextBid(lot, maximum) {
  if (maximum === null) return t('maximum.no_next');
  const rival = lot.price + stepAt(lot.price, lot);
  if (maximum < rival) return t('maximum.spent');
  return t('maximum.next_at', { price: yuan(Math.min(maximum, rival + stepAt(rival, lot))), rival: yuan(rival) });
}
