/** The filter over the list of lots: everything, mine, or one category. */
import { t } from '../i18n.js';
import { el, setText } from './elements.js';

const ALL = '';
const MINE = '*'; // no category of the API is called so

/** Calls `onChoose` after a choice; keeps it in the address. */
export class CategoryTabs {
  constructor(onChoose) {
    this._onChoose = onChoose;
    this._chosen = new URLSearchParams(window.location.hash.slice(1)).get('category') ?? ALL;
    this._tabs = new Map();
    this.element = el('div', { class: 'tabs', role: 'group', 'aria-label': t('group.categories') });
  }

  get isMine() {
    return this._chosen === MINE;
  }

  has(lot) {
    if (this.isMine) return Boolean(lot.mine);
    return this._chosen === ALL || lot.category === this._chosen;
  }

  setCategories(categories, lots) {
    this._tabs = new Map([[ALL, t('group.all')], [MINE, t('group.mine')], ...categories.map((name) => [name, name])]
      .map(([value, name]) => [value, this._tab(value, name)]));
    if (!this._tabs.has(this._chosen)) this._chosen = ALL;
    this.element.replaceChildren(...[...this._tabs.values()].map(({ button }) => button));
    this.count(lots);
    this._mark();
  }

  /** Shows how many lots stand behind each tab. */
  count(lots) {
    this._tabs.forEach(({ number }, value) => {
      const count = lots.filter((lot) => value === ALL || (value === MINE ? lot.mine : lot.category === value)).length;
      setText(number, String(count));
    });
  }

  _tab(value, name) {
    const number = el('span', { class: 'tabs__count' });
    const button = el('button', { class: 'tabs__tab', type: 'button', onclick: () => this._choose(value) }, name, ' ', number);
    return { button, number };
  }

  _choose(value) {
    this._chosen = value;
    window.history.replaceState(null, '', value ? `#${new URLSearchParams({ category: value })}` : window.location.pathname + window.location.search);
    this._mark();
    this._onChoose();
  }

  _mark() {
    this._tabs.forEach(({ button }, value) => button.setAttribute('aria-pressed', value === this._chosen));
  }
}
