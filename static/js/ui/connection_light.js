/** How fresh the prices on the page are, in a colour and in words. */
import { t } from '../i18n.js';
import { el, setText } from './elements.js';

const PATIENCE = 4000; // ms; a reconnect shorter than this leaves the prices as they look

/** Shows the status of a LiveClient; `element` goes into the page. */
export class ConnectionLight {
  constructor() {
    this._words = el('span', {});
    this.element = el('p', { class: 'light', role: 'status' }, el('span', { class: 'light__dot', 'aria-hidden': 'true' }), this._words);
    this.show({ link: 'connecting', stale: false });
  }

  show({ link, stale }) {
    const state = stale && (link === 'live' || link === 'polling') ? 'stale' : link;
    this.element.dataset.state = state;
    setText(this._words, t(`light.${state}`));
    clearTimeout(this._timer);
    const isFresh = state === 'live' || state === 'polling' || state === 'connecting';
    if (isFresh) delete document.body.dataset.prices;
    else this._timer = setTimeout(() => { document.body.dataset.prices = 'stale'; }, state === 'stale' ? 0 : PATIENCE);
  }
}
