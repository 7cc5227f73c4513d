/** Setting a maximum up to which the server bids by itself. */
import { parseYuan, yuan } from '../format.js';
import { t } from '../i18n.js';
import { el, setText } from './elements.js';
import { pressable } from './pressables.js';

export class ProxyForm {
  /** @param {{lot: object, lots: object, controls: import('./bid_controls.js').BidControls}} options */
  constructor({ lot, lots, controls }) {
    this._lot = lot;
    this._lots = lots;
    this._controls = controls;
    this._field = el('input', { class: 'field__input', id: 'maximum', inputmode: 'decimal', autocomplete: 'off' });
    this._send = el('button', { class: 'button' });
    this._problem = el('p', { class: 'field__problem', role: 'alert' });
    this._kept = el('p', { class: 'proxy__kept' });
    const form = el('form', { class: 'form' },
      el('label', { class: 'field__label', for: 'maximum' }, t('proxy.label')),
      this._field,
      this._problem,
      this._send);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this._submit();
    });
    this.element = el('section', { class: 'panel proxy', 'aria-labelledby': 'proxy-title' },
      el('h2', { class: 'panel__title', id: 'proxy-title' }, t('proxy.title')),
      el('p', { class: 'panel__text' }, t('proxy.explain')),
      this._kept,
      form);
  }

  update() {
    const { _lot: lot, _lots: lots } = this;
    const minimum = lots.minimumOf(lot);
    this.element.hidden = !lots.isOpen(lot) || minimum === lot.top_price;
    setText(this._send, t('proxy.send', { price: yuan(minimum) }));
    this._send.value = minimum;
    pressable(this._send, !this._controls.isBarred);
    this._kept.hidden = !lot.mine?.max_price;
    if (lot.mine?.max_price) setText(this._kept, `${t('lot.my_maximum')}: ${yuan(lot.mine.max_price)}`);
  }

  async _submit() {
    const price = Number(this._send.value);
    const maximum = parseYuan(this._field.value);
    const problem = this._problemOf(maximum, price);
    setText(this._problem, problem);
    this._field.setAttribute('aria-invalid', problem !== '');
    if (!problem && (await this._controls.bid({ price, max_price: maximum }))) this._field.value = '';
  }

  _problemOf(maximum, price) {
    if (maximum === null) return t('bid.not_a_price');
    if (maximum < price) return t('proxy.at_least', { price: yuan(price) });
    return maximum > this._lot.top_price ? t('bid.too_high', { price: yuan(this._lot.top_price) }) : '';
  }
}
