/** The things of one other thing, put in order: by dragging, by arrow keys, or by the place that is typed. */
import { el, setText } from '../ui/elements.js';
import { Field } from '../ui/fields.js';
import { ask } from './ops.js';
import { say } from './texts.js';

const AT_ONCE = 100; // asked for together
const WAYS = { ArrowUp: -1, ArrowDown: 1 };

export class OrderInput extends Field {
  /** `owner`: whose things they are; the field's description tells which noun they are of, and which of its filters names the owner. */
  constructor(description, field, owner) {
    super({ name: field.name, label: field.title, type: 'hidden' });
    this._field = field;
    this._noun = description.noun(field.refersTo);
    this._rows = [];
    this._dragged = null;
    this._load(owner);
  }

  /** The keys in their order. */
  get value() {
    if (!this._isWhole) throw Object.assign(new Error(say('order_loading')), { data: { [this.name]: [say('order_loading')] } });
    return this._rows.map(({ key }) => key);
  }

  _row() {
    this._list = el('ol', { class: 'console__order' });
    this._said = el('p', { class: 'field__hint', role: 'status' }, say('order_loading'));
    return el('div', {}, this.input, this._said, this._list);
  }

  async _load(owner) {
    const things = [];
    try {
      for (let page = 1, total = 1; things.length < total; page += 1) {
        const query = { [this._field.schema['x-owner']]: owner, sort: 'position', limit: AT_ONCE, page };
        const answer = await ask('GET', this._noun.path, { query });
        total = answer.list.length > 0 ? answer.total : 0;
        things.push(...answer.list);
      }
    } catch (error) {
      setText(this._said, error.message);
      return;
    }
    this._rows = things.map((thing) => this._rowOf(thing));
    this._isWhole = true;
    setText(this._said, say('order_hint'));
    this._draw();
  }

  _rowOf(thing) {
    const name = this._noun.labelOf(thing);
    const place = el('input', {
      class: 'field__input console__place', type: 'number', min: 1, 'aria-label': say('order_place', { name }), inputmode: 'numeric',
    });
    const node = el('li', { draggable: 'true' }, place,
      thing.pictures?.[0] && el('img', { class: 'console__thumbnail', src: thing.pictures[0], alt: '', loading: 'lazy' }),
      el('span', {}, name));
    const row = { key: thing[this._noun.key], name, node, place };
    place.addEventListener('change', () => this._move(row, Number(place.value) - 1));
    place.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') event.preventDefault(); // it is the place that is meant, not the form
      const by = event.key === 'Enter' ? Number(place.value) - 1 - this._rows.indexOf(row) : WAYS[event.key];
      if (by === undefined) return;
      event.preventDefault();
      this._move(row, this._rows.indexOf(row) + by);
    });
    node.addEventListener('dragstart', (event) => {
      this._dragged = row;
      event.dataTransfer.effectAllowed = 'move';
      event.dataTransfer.setData('text/plain', name); // Firefox drags nothing that carries nothing
    });
    node.addEventListener('dragover', (event) => { if (this._dragged) event.preventDefault(); });
    node.addEventListener('drop', (event) => {
      event.preventDefault();
      if (this._dragged) this._move(this._dragged, this._rows.indexOf(row));
      this._dragged = null;
    });
    node.addEventListener('dragend', () => { this._dragged = null; });
    return row;
  }

  _move(row, wanted) {
    const from = this._rows.indexOf(row);
    const to = Math.min(Math.max(0, Math.trunc(wanted) || 0), this._rows.length - 1);
    this._rows.splice(to, 0, ...this._rows.splice(from, 1));
    this._draw();
    row.place.focus();
    setText(this._said, say('order_moved', { name: row.name, place: to + 1 }));
  }

  _draw() {
    this._rows.forEach(({ node, place }, index) => {
      place.value = index + 1;
      place.max = this._rows.length;
      if (this._list.children[index] !== node) this._list.insertBefore(node, this._list.children[index] ?? null);
    });
  }
}
