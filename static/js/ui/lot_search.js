/** What one looks for by: words, the kind of number, the order; and how the list looks. */
import { t } from '../i18n.js';
import { FANCIES, ORDERS } from '../lot_question.js';
import { el, setText } from './elements.js';

const TYPING = 400; // ms; who pauses that long has typed what they look for

/** Calls `onChoose` with what is chosen otherwise: `{text}`, `{fancy}` or `{order}`. */
export class LotSearch {
  /** @param {{question: object, list: import('./lot_list.js').LotList, onChoose: (choice: object) => void}} options */
  constructor({ question, list, onChoose }) {
    this._onChoose = onChoose;
    this._text = el('input', {
      class: 'field__input', id: 'find-text', type: 'search', value: question.text, placeholder: t('find.text'), maxlength: 64,
      autocomplete: 'off', enterkeyhint: 'search', oninput: () => this._typed(),
    });
    this._fancy = choice('find-fancy', [['', t('find.any')], ...FANCIES.map((fancy) => [fancy, t(`fancy.${fancy}`)])], question.fancy);
    this._order = choice('find-order', ORDERS.map((order) => [order, t(`order.${order}`)]), question.order);
    this._fancy.addEventListener('change', () => this._choose({ fancy: this._fancy.value }));
    this._order.addEventListener('change', () => this._choose({ order: this._order.value }));
    this._rule = el('p', { class: 'find__rule' });
    this._layout = el('button', {
      class: 'button find__layout', type: 'button', 'aria-pressed': list.isCompact, onclick: () => this._turn(list),
    }, t('find.rows'));
    this.element = el('form', { class: 'find', role: 'search', 'aria-label': t('find.label') },
      labelled('find.text', this._text, 'find__text'),
      labelled('find.fancy', this._fancy),
      labelled('find.order', this._order),
      this._layout,
      this._rule);
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this._choose({ text: this._text.value.trim() });
    });
    this.show(question);
  }

  /** Shows what is looked for now. */
  show({ text, fancy, order }) {
    if (this._text.value.trim() !== text) this._text.value = text;
    this._fancy.value = fancy;
    this._order.value = order;
    this._rule.hidden = !fancy;
    setText(this._rule, fancy ? t(`fancy.${fancy}_rule`) : '');
  }

  /** How many lots of the group are of each fancy kind; what there is none of cannot be chosen. */
  count(fancies) {
    const counts = new Map(fancies.map(({ fancy, count }) => [fancy, count]));
    [...this._fancy.options].slice(1).forEach((option) => {
      const count = counts.get(option.value) ?? 0;
      option.disabled = count === 0 && !option.selected;
      setText(option, `${t(`fancy.${option.value}`)} ${count}`);
    });
  }

  _typed() {
    clearTimeout(this._typing);
    this._typing = setTimeout(() => this._choose({ text: this._text.value.trim() }), TYPING);
  }

  _choose(wanted) {
    clearTimeout(this._typing);
    this._onChoose(wanted);
  }

  _turn(list) {
    list.setCompact(!list.isCompact);
    this._layout.setAttribute('aria-pressed', list.isCompact);
  }
}

function choice(id, options, chosen) {
  return el('select', { class: 'field__input', id }, ...options.map(([value, text]) => el('option', { value, selected: value === chosen }, text)));
}

function labelled(key, field, kind = '') {
  return el('div', { class: `find__field ${kind}` }, el('label', { class: 'only-heard', for: field.id }, t(key)), field);
}
