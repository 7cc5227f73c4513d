/** The lots of a page of the list: cards, or rows for who looks through many. */
import { lotAddress } from '../addresses.js';
import { el } from './elements.js';
import { LotCard } from './lot_card.js';

const KEY = 'auction.list';

/** `element` goes into the page; only what `show` was given is drawn. */
export class LotList {
  /** @param {{lots: object, bidding: object, watchlist: object}} options */
  constructor(options) {
    this._options = options;
    this._cards = new Map();
    this.element = el('ul', { class: 'cards' });
    this.setCompact(this.isCompact);
  }

  get isCompact() {
    return localStorage.getItem(KEY) === 'rows';
  }

  setCompact(isCompact) {
    localStorage.setItem(KEY, isCompact ? 'rows' : 'cards');
    this.element.classList.toggle('cards--rows', isCompact);
  }

  /** Draws these lots; `question` is what found them. */
  show(lots, question) {
    this._cards = new Map(lots.map((lot) => [lot.id, new LotCard({ ...this._options, lot, href: lotAddress(lot.id, lot.group_id, question) })]));
    this.element.replaceChildren(...[...this._cards.values()].map((card) => card.element));
  }

  find(id) {
    return this._cards.get(id) ?? null;
  }

  tick(now) {
    this._cards.forEach((card) => card.tick(now));
  }

  showWatched() {
    this._cards.forEach((card) => card.watch.update());
  }
}
