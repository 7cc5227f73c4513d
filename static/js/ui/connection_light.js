/** How fresh the prices on the page are, in a colour and in words. */
import { clockTime } from '../format.js';
import { t } from '../i18n.js';
import { el, setText } from './elements.js';

/** Shows whether the prices can be trusted; `element` goes into the page. */
export class ConnectionLight {
  /** @param {import('../trust.js').Trust} trust */
  constructor(trust) {
    this._trust = trust;
    this._words = el('span', {});
    this.element = el('p', { class: 'light', role: 'status' }, el('span', { class: 'light__dot', 'aria-hidden': 'true' }), this._words);
    trust.onChange(() => this._show());
    this._show();
  }

  _show() {
    const { state, since, isGood } = this._trust;
    this.element.dataset.state = state;
    setText(this._words, t(`light.${state}`, { time: since && clockTime(since) }));
    if (isGood) delete document.body.dataset.prices;
    else document.body.dataset.prices = 'behind';
  }
}
