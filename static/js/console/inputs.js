/** Fields of forms, by the kind that the description tells: what is typed there becomes what the server is sent. */
import { parseYuan } from '../format.js';
import { el } from '../ui/elements.js';
import { Field } from '../ui/fields.js';
import { ask } from './ops.js';
import { OrderInput } from './order_input.js';
import { say } from './texts.js';

const LONG = 200; // characters; what may be longer gets an area to write in
const FOUND = 20; // things offered for a reference
const SEARCH_AFTER = 200; // ms
const PICTURES = '/api/ops/pictures';
const PICTURE_TYPES = 'image/jpeg,image/png,image/webp,image/gif';

/** What was typed cannot be sent; shown beside its field like the server's own words. */
function unfit(name, key) {
  return Object.assign(new Error(say(key)), { data: { [name]: [say(key)] } });
}

/** The input of a field. `description` knows other nouns; `value` is what stands there, undefined in a form for something new. */
export function inputFor(description, field, value) {
  if (field.kind === 'order') return new OrderInput(description, field, value);
  const stands = value === undefined ? field.default : value;
  const Kind = KINDS[field.kind] ?? JsonInput;
  const item = field.kind === 'list' ? description.resolve(field.schema.items) : null;
  if (item?.['x-kind'] === 'picture') return new PicturesInput(description, field, stands);
  if (item?.properties) return new RowsInput(description, field, stands);
  if (item && !['string', 'integer', 'number'].includes(item.type)) return new JsonInput(description, field, stands);
  return new Kind(description, field, stands);
}

class KindInput extends Field {
  constructor(description, field, value, more = {}) {
    super({
      name: field.name,
      label: field.title,
      'aria-required': field.isRequired ? 'true' : null,
      maxlength: field.schema.maxLength,
      ...more,
    });
    this.field = field;
    this.description = description;
    this.show(value);
  }

  show(value) {
    this.input.value = value ?? '';
  }

  /** For what is left empty: null, or what stands for nothing. */
  empty() {
    if (this.field.isNullable) return null;
    if (this.field.default !== undefined && this.field.default !== null) return this.field.default;
    throw unfit(this.name, 'empty_required');
  }
}

class TextInput extends KindInput {
  _row() {
    const { maxlength } = this._about;
    if (maxlength === null || maxlength === undefined || maxlength <= LONG) return this.input;
    this.input = el('textarea', { ...this._about, rows: maxlength > 2000 ? 8 : 3, class: 'field__input console__area' });
    return this.input;
  }

  /** As it is: spaces may mean something. */
  get value() {
    const { value } = this.input;
    if (this.field.isRequired && this.field.schema.minLength > 0 && !value.trim()) throw unfit(this.name, 'empty_required');
    return value === '' && this.field.isNullable ? null : value;
  }
}

class NumberInput extends KindInput {
  constructor(description, field, value) {
    super(description, field, value, { inputmode: 'decimal' });
  }

  get value() {
    const text = this.input.value.normalize('NFKC').trim();
    if (text === '') return this.empty();
    const number = Number(text);
    if (!Number.isFinite(number) || (this.field.schema.type === 'integer' && !Number.isInteger(number))) throw unfit(this.name, 'bad_number');
    return number;
  }
}

/** Yuan to who reads it, fen to the server. */
class MoneyInput extends KindInput {
  constructor(description, field, value) {
    super(description, field, value, { inputmode: 'decimal' });
  }

  _row() {
    return el('div', { class: 'field__row' }, el('span', { class: 'console__unit', 'aria-hidden': 'true' }, '¥'), this.input);
  }

  show(fen) {
    this.input.value = fen === null || fen === undefined ? '' : (fen / 100).toFixed(2);
  }

  get value() {
    const text = this.input.value.trim();
    if (text === '') return this.empty();
    const isMinus = /^[-−－]/.test(text);
    const fen = parseYuan(isMinus ? text.slice(1) : text);
    if (fen === null) throw unfit(this.name, 'bad_money');
    return isMinus ? -fen : fen;
  }
}

class SwitchInput extends KindInput {
  constructor(description, field, value) {
    super(description, field, value, { type: 'checkbox', class: 'console__switch' });
  }

  show(value) {
    this.input.checked = Boolean(value);
  }

  get value() {
    return this.input.checked;
  }
}

/** Beijing time, as the server takes times without an offset. */
class TimeInput extends KindInput {
  constructor(description, field, value) {
    super(description, field, value, { type: 'datetime-local', step: 1, hint: say('time_hint') });
  }

  show(value) {
    this.input.value = value ? String(value).replace(' ', 'T').slice(0, 19) : '';
  }

  get value() {
    const { value } = this.input;
    if (!value) return this.empty();
    const text = value.replace('T', ' ');
    return text.length === 16 ? `${text}:00` : text;
  }
}

class ChoiceInput extends KindInput {
  _row() {
    this.input = el('select', this._about);
    return this.input;
  }

  show(value) {
    const isOpen = this.field.isNullable || (this.field.isRequired && (value === undefined || value === null));
    this.input.replaceChildren(
      ...(isOpen ? [el('option', { value: '' }, '')] : []),
      ...this.field.labels.map((one, index) => el('option', { value: index, selected: one.value === value }, one.text)));
  }

  get value() {
    return this.input.value === '' ? this.empty() : this.field.labels[Number(this.input.value)].value;
  }
}

/** Several of a choice. */
class ChoicesInput extends KindInput {
  _row() {
    this.input = el('div', { class: 'console__choices', role: 'group', id: this._about.id, tabindex: '-1' });
    return this.input;
  }

  show(values) {
    this.input.setAttribute('aria-label', this.field.title);
    this._boxes = this.field.labels.map((one) => [one.value, el('input', { type: 'checkbox', checked: (values ?? []).includes(one.value) })]);
    this.input.replaceChildren(...this._boxes.map(([value, box]) => el('label', { class: 'console__choice' }, box, this.field.label(value))));
  }

  get value() {
    return this._boxes.filter(([, box]) => box.checked).map(([value]) => value);
  }
}

/** Another noun's thing: found by typing a part of its name. */
class ReferenceInput extends KindInput {
  _row() {
    this._list = el('datalist', { id: `${this._about.id}-found` });
    this.input.setAttribute('list', this._list.id);
    this.input.addEventListener('input', () => {
      clearTimeout(this._timer);
      this._timer = setTimeout(() => this._search(this.input.value), SEARCH_AFTER);
    });
    this.input.addEventListener('focus', () => { if (!this._list.hasChildNodes()) this._search(''); });
    return el('div', {}, this.input, this._list);
  }

  show(value) {
    const isNone = value === null || value === undefined || value === '' || (value === 0 && this.field.default === 0);
    this.input.value = isNone ? '' : String(value);
    if (!isNone) this._name(value);
  }

  get value() {
    const text = this.input.value.trim();
    if (text === '') return this.empty();
    const [id] = text.split(' · ');
    if (this.field.schema.type !== 'integer') return id;
    if (!/^\d+$/.test(id)) throw unfit(this.name, 'bad_reference');
    return Number(id);
  }

  get _noun() {
    return this.description.noun(this.field.refersTo);
  }

  /** Beside its number what it is called, if this reader may know. */
  async _name(id) {
    try {
      const thing = this._noun && await ask('GET', this._noun.pathOf(id));
      if (thing && this.input.value === String(id)) this.input.value = this._text(thing);
    } catch {
      // it was removed, or the server cannot say just now: its number stands
    }
  }

  async _search(text) {
    if (!this._noun || text.includes(' · ')) return;
    try {
      const { list } = await ask('GET', this._noun.path, { query: { q: text.trim(), limit: FOUND } });
      this._list.replaceChildren(...list.map((thing) => el('option', { value: this._text(thing) })));
    } catch {
      // nothing is offered; a number can be typed
    }
  }

  _text(thing) {
    const noun = this._noun;
    const label = noun.labelOf(thing);
    return label === String(thing[noun.key]) ? label : `${thing[noun.key]} · ${label}`;
  }
}

/** An address, or a file that becomes one. */
class PictureInput extends KindInput {
  _row() {
    this._preview = el('img', { class: 'console__picture', alt: '', hidden: true });
    this._file = el('input', { type: 'file', accept: PICTURE_TYPES, hidden: true });
    const button = el('button', { class: 'button button--small', type: 'button' }, say('upload'));
    button.addEventListener('click', () => this._file.click());
    this._file.addEventListener('change', () => this._upload(this._file.files[0], button));
    this.input.addEventListener('change', () => this._look());
    const place = el('div', { class: 'console__upload' }, el('div', { class: 'field__row' }, this.input, button), this._file, this._preview);
    place.addEventListener('dragover', (event) => event.preventDefault());
    place.addEventListener('drop', (event) => {
      event.preventDefault();
      this._upload(event.dataTransfer.files[0], button);
    });
    return place;
  }

  show(value) {
    super.show(value);
    this._look();
  }

  get value() {
    const text = this.input.value.trim();
    return text === '' && this.field.isNullable ? null : text;
  }

  _look() {
    this._preview.hidden = !this.input.value;
    this._preview.src = this.input.value;
  }

  async _upload(file, button) {
    if (!file) return;
    button.disabled = true;
    button.textContent = say('uploading');
    this.showProblem('');
    try {
      const { address } = await ask('POST', PICTURES, { body: file });
      this.show(address);
    } catch (error) {
      this.showProblem(Object.values(error.data ?? {}).flat().join(' ') || error.message);
    } finally {
      button.disabled = false;
      button.textContent = say('upload');
      this._file.value = '';
    }
  }
}

/** Several pictures: uploaded or dropped, put in order by dragging or by buttons, the first one first. */
class PicturesInput extends KindInput {
  _row() {
    this._place = el('ol', { class: 'console__pictures' });
    this._file = el('input', { type: 'file', accept: PICTURE_TYPES, multiple: true, hidden: true });
    this._file.addEventListener('change', () => this._upload(this._file.files));
    this.input = el('button', { class: 'button button--small', type: 'button', id: this._about.id }, say('upload'));
    this.input.addEventListener('click', () => this._file.click());
    const place = el('div', { class: 'console__upload', role: 'group' }, this._place, this.input, this._file);
    place.addEventListener('dragover', (event) => event.preventDefault());
    place.addEventListener('drop', (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length > 0) this._upload(event.dataTransfer.files);
    });
    return place;
  }

  show(values) {
    this.input.parentNode.setAttribute('aria-label', this.field.title);
    this._addresses = [...(values ?? [])];
    this._draw();
  }

  get value() {
    return [...this._addresses];
  }

  _draw() {
    const button = (key, number, run) => el('button', {
      class: 'button button--plain button--small', type: 'button', 'aria-label': `${say(key)} ${number}`, onclick: run,
    }, { picture_earlier: '‹', picture_later: '›', picture_remove: '×' }[key]);
    this._place.replaceChildren(...this._addresses.map((address, index) => {
      const item = el('li', { draggable: 'true' },
        el('img', { class: 'console__picture', src: address, alt: say('picture_number', { number: index + 1 }) }),
        el('div', {},
          index > 0 && button('picture_earlier', index + 1, () => this._move(index, index - 1)),
          index < this._addresses.length - 1 && button('picture_later', index + 1, () => this._move(index, index + 1)),
          button('picture_remove', index + 1, () => this._remove(index))));
      item.addEventListener('dragstart', () => { this._dragged = index; });
      item.addEventListener('drop', (event) => {
        if (this._dragged === null || this._dragged === undefined || event.dataTransfer.files.length > 0) return;
        event.stopPropagation();
        event.preventDefault();
        this._move(this._dragged, index);
        this._dragged = null;
      });
      return item;
    }));
  }

  _move(from, to) {
    this._addresses.splice(to, 0, ...this._addresses.splice(from, 1));
    this._draw();
    this._place.children[to].querySelector('button')?.focus();
  }

  _remove(index) {
    this._addresses.splice(index, 1);
    this._draw();
    this.input.focus();
  }

  async _upload(files) {
    this.input.disabled = true;
    this.input.textContent = say('uploading');
    this.showProblem('');
    try {
      for (const file of files) {
        const { address } = await ask('POST', PICTURES, { body: file }); // one after the other: they keep their order
        if (!this._addresses.includes(address)) this._addresses.push(address);
        this._draw();
      }
    } catch (error) {
      this.showProblem(Object.values(error.data ?? {}).flat().join(' ') || error.message);
    } finally {
      this.input.disabled = false;
      this.input.textContent = say('upload');
      this._file.value = '';
    }
  }
}

/** Texts or numbers, one a line. */
class LinesInput extends KindInput {
  constructor(description, field, value) {
    super(description, field, value, { hint: say('per_line'), maxlength: null });
  }

  _row() {
    this.input = el('textarea', { ...this._about, rows: 3, class: 'field__input console__area' });
    return this.input;
  }

  show(values) {
    this.input.value = (values ?? []).join('\n');
  }

  get value() {
    const lines = this.input.value.split('\n').map((line) => line.trim()).filter(Boolean);
    const item = this.description.resolve(this.field.schema.items);
    if (item.type === 'string') return lines;
    const numbers = lines.map(Number);
    if (numbers.some((number) => !Number.isFinite(number))) throw unfit(this.name, 'bad_number');
    return numbers;
  }
}

/** What has no other form. */
class JsonInput extends KindInput {
  constructor(description, field, value) {
    super(description, field, value, { hint: say('as_json'), maxlength: null });
  }

  _row() {
    this.input = el('textarea', { ...this._about, rows: 4, class: 'field__input console__area', spellcheck: 'false' });
    return this.input;
  }

  show(value) {
    this.input.value = value === undefined ? '' : JSON.stringify(value, null, 1);
  }

  get value() {
    if (!this.input.value.trim()) return this.empty();
    try {
      return JSON.parse(this.input.value);
    } catch {
      throw unfit(this.name, 'bad_json');
    }
  }
}

/** A list of things with fields of their own: a row each. */
class RowsInput extends KindInput {
  _row() {
    this._rows = [];
    this._place = el('div', { class: 'console__rows' });
    this.input = el('button', { class: 'button button--small', type: 'button', id: this._about.id }, say('row_add'));
    this.input.addEventListener('click', () => this._add(undefined).focus());
    return el('div', { role: 'group' }, this._place, this.input);
  }

  show(values) {
    this.input.parentNode.setAttribute('aria-label', this.field.title);
    this._rows = [];
    this._place.replaceChildren();
    (values ?? []).forEach((value) => this._add(value));
  }

  get value() {
    try {
      return this._rows.map(({ fields }) => Object.fromEntries(fields.map((field) => [field.name, field.value])));
    } catch (error) {
      throw error.data ? Object.assign(new Error(error.message), { data: { [this.name]: [error.message] } }) : error;
    }
  }

  _add(value) {
    const item = this.description.fieldsOf(this.field.schema.items);
    const fields = item.map((field) => inputFor(this.description, field, value?.[field.name]));
    const row = { fields };
    const node = el('fieldset', { class: 'console__row', 'aria-label': say('row', { number: this._rows.length + 1 }) },
      ...fields.map((field) => field.element),
      el('button', {
        class: 'button button--plain button--small', type: 'button',
        onclick: () => {
          this._rows = this._rows.filter((one) => one !== row);
          node.remove();
        },
      }, say('row_remove')));
    this._rows.push(row);
    this._place.append(node);
    return fields[0].input;
  }
}

const KINDS = {
  text: TextInput,
  long_text: TextInput,
  html: TextInput,
  number: NumberInput,
  money: MoneyInput,
  switch: SwitchInput,
  time: TimeInput,
  choice: ChoiceInput,
  choices: ChoicesInput,
  reference: ReferenceInput,
  picture: PictureInput,
  list: LinesInput,
};
