/** A price that lights up briefly when it changes. */
import { yuan } from '../format.js';
import { el } from './elements.js';

export class PriceTag {
  constructor(fen) {
    this.element = el('span', { class: 'price' }, yuan(fen));
    this.element.addEventListener('animationend', () => this.element.classList.remove('is-new'));
    this._fen = fen;
  }

  show(fen) {
    if (fen === this._fen) return;
    this._fen = fen;
    this.element.textContent = yuan(fen);
    this.element.classList.remove('is-new');
    void this.element.offsetWidth; // without a layout in between the animation would not start again
    this.element.classList.add('is-new');
  }
}
