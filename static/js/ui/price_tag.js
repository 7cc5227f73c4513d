/** A price that lights up briefly when it changes. */
import { yuan } from '../format.js';
import { el } from './elements.js';

export class PriceTag {
  constructor(fen) {
    this.element = el('span', { class: 'price' }, yuan(fen));
    this._fen = fen;
  }

  show(fen) {
    if (fen === this._fen) return;
    this._fen = fen;
    this.element.textContent = yuan(fen);
    // The other of two equal animations: the same one would start again only after a forced layout.
    this.element.dataset.news = this.element.dataset.news === 'odd' ? 'even' : 'odd';
  }
}
