/** The choice over the list of lots: everything, the reader's own, what they keep an eye on, or one category. */
import { t } from '../i18n.js';
import { el, setText } from './elements.js';

const ALL = '';
const MINE = '*mine'; // no category of the API is called so
const WATCHED = '*watched';

/** Calls `onChoose` with `{category, whose}` after a choice. */
export class CategoryTabs {
  constructor(onChoose) {
    this._onChoose = onChoose;
    this._tabs = new Map();
    this.element = el('div', { class: 'tabs', role: 'group', 'aria-label': t('group.categories') });
  }

  /** `categories` with their counts, as a catalogue tells them; drawn anew only where there are others. */
  show({ categories, lots, question: { category, whose } }) {
    const names = [[ALL, t('group.all')], [MINE, t('group.mine')], [WATCHED, t('group.watched')], ...categories.map((one) => [one.category, one.category])];
    if ([...this._tabs.keys()].join('\n') !== names.map(([value]) => value).join('\n')) {
      this._tabs = new Map(names.map(([value, name]) => [value, this._tab(value, name)]));
      this.element.replaceChildren(...[...this._tabs.values()].map(({ button }) => button));
    }
    this._count(ALL, lots);
    categories.forEach((one) => this._count(one.category, one.count));
    const chosen = whose ? `*${whose}` : category;
    this._tabs.forEach(({ button }, value) => button.setAttribute('aria-pressed', value === chosen));
  }

  /** How many are the reader's own. */
  countMine(count) {
    this._count(MINE, count);
  }

  _count(value, count) {
    const tab = this._tabs.get(value);
    if (tab) setText(tab.number, String(count));
  }

  _tab(value, name) {
    const number = el('span', { class: 'tabs__count' });
    const button = el('button', { class: 'tabs__tab', type: 'button', onclick: () => this._choose(value) }, name, value !== WATCHED && ' ', value !== WATCHED && number);
    return { button, number };
  }

  _choose(value) {
    const isOwn = value === MINE || value === WATCHED;
    this._onChoose({ category: isOwn ? '' : value, whose: isOwn ? value.slice(1) : '' });
  }
}
