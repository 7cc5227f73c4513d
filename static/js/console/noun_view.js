/** The list of a noun: searched, filtered, sorted and paged by the server, drawn from its description. */
import { openDialog } from '../ui/dialogs.js';
import { el } from '../ui/elements.js';
import { showContent } from '../ui/shell.js';
import { showToast } from '../ui/toasts.js';
import { openGrid } from './grid.js';
import { inputFor } from './inputs.js';
import { openImport } from './noun_import.js';
import { ask, download } from './ops.js';
import { addForm } from './thing_forms.js';
import { say } from './texts.js';
import { shortOf } from './values.js';

const PER_PAGE = 25;
const WAIT = 300; // ms after the last key

/** Shows it; gives what to call when another section is opened. */
export async function showNoun(main, description, noun) {
  const view = new NounView(description, noun);
  showContent(main, view.element);
  await view.open();
  return () => view.close();
}

class NounView {
  constructor(description, noun) {
    this._description = description;
    this._noun = noun;
    this._count = el('p', { class: 'console__count', role: 'status' });
    this._search = el('input', {
      class: 'field__input', type: 'search', 'aria-label': say('search'), 'data-search': true,
      placeholder: say('search_in', { fields: noun.searched.join('、') }), title: say('search_in', { fields: noun.searched.join('、') }),
    });
    this._search.addEventListener('input', () => this._reloadSoon());
    this._filters = noun.filters.map((field) => new Filter(description, field, () => this._reloadSoon()));
    this._place = el('div', { class: 'console__grid' });
    this._pages = el('nav', { class: 'console__pages', 'aria-label': say('pages') });
    this.element = el('div', {},
      el('div', { class: 'title-row' }, el('h1', { class: 'page-title' }, noun.title), this._buttons()),
      el('div', { class: 'console__bar' }, noun.searched.length > 0 && this._search, this._count),
      this._filters.length > 0 && el('details', { class: 'console__filters' },
        el('summary', {}, say('filters')),
        el('div', { class: 'console__filter-fields' },
          ...this._filters.map(({ element }) => element),
          el('button', { class: 'button button--small', type: 'button', onclick: () => this._clear() }, say('clear')))),
      this._place,
      this._pages);
  }

  async open() {
    const noun = this._noun;
    this._grid = await openGrid(this._place, {
      columns: noun.fields.map((field, index) => this._column(field, index === 0)),
      pagination: true,
      paginationMode: 'remote',
      paginationSize: PER_PAGE,
      paginationButtonCount: 3,
      paginationElement: this._pages,
      sortMode: 'remote',
      ajaxURL: noun.path,
      ajaxRequestFunc: (url, config, { page, size, sort }) => this._load(page, size, sort ?? []),
      index: noun.key,
      height: 'auto',
      headerSortTristate: true,
      columnDefaults: { headerTooltip: true },
      dataLoaderError: say('nothing'),
    });
  }

  close() {
    clearTimeout(this._timer);
    this._grid?.destroy();
  }

  _column(field, isFirst) {
    const noun = this._noun;
    const isLink = isFirst || field.name === noun.labelName;
    return {
      title: field.title,
      field: field.name,
      headerSort: noun.isSorted(field.name),
      hozAlign: ['money', 'number'].includes(field.kind) ? 'right' : 'left',
      maxWidth: 320,
      formatter: (cell) => {
        const value = cell.getValue();
        const thing = cell.getData();
        if (isLink) return el('a', { href: noun.addressOf(thing[noun.key]) }, shortOf(field, value) || '—');
        if (field.holdsPictures && value?.length > 0) return el('img', { class: 'console__thumbnail', src: value[0], alt: '', loading: 'lazy' });
        if (field.kind === 'picture' && value) return el('img', { class: 'console__thumbnail', src: value, alt: '', loading: 'lazy' });
        if (field.kind === 'reference' && value && this._description.noun(field.refersTo)) {
          return el('a', { href: this._description.noun(field.refersTo).addressOf(value) }, String(value));
        }
        return document.createTextNode(shortOf(field, value));
      },
    };
  }

  async _load(page, size, sort) {
    try {
      const answer = await ask('GET', this._noun.path, { query: { ...this._query(sort), page, limit: size } });
      this._sort = sort;
      this._count.textContent = say('count', { count: answer.total });
      return { data: answer.list, last_page: Math.max(1, Math.ceil(answer.total / size)) };
    } catch (error) {
      showToast({ key: 'list', text: error.message, tone: 'bad', isUrgent: true });
      throw error;
    }
  }

  _query(sort) {
    const filters = Object.fromEntries(this._filters.map((filter) => [filter.name, filter.value]).filter(([, value]) => value !== null));
    const [first] = sort;
    const order = first ? { sort: `${first.dir === 'desc' ? '-' : ''}${this._noun.sortName(first.field)}` } : {};
    const text = this._search.value.trim();
    return { ...filters, ...order, ...(text ? { q: text } : {}) };
  }

  _reloadSoon() {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._grid?.setPage(1).catch(() => {}), WAIT); // what went wrong was said where it was asked
  }

  _clear() {
    this._search.value = '';
    this._filters.forEach((filter) => filter.clear());
    this._reloadSoon();
  }

  _buttons() {
    const noun = this._noun;
    return el('div', { class: 'console__buttons' },
      ...noun.formats.map((format) => el('button', {
        class: 'button button--small', type: 'button', onclick: ({ currentTarget }) => this._export(format, currentTarget),
      }, say('export', { format: format.toUpperCase() }))),
      noun.importPath && el('button', {
        class: 'button button--small', type: 'button', onclick: () => openImport(this._description, noun, () => this._reloadSoon()),
      }, say('import_things')),
      noun.addForm && el('button', { class: 'button button--primary button--small', type: 'button', onclick: () => this._add() }, say('add')));
  }

  async _export(format, button) {
    button.disabled = true;
    try {
      const name = await download(`${this._noun.path}/export`, { ...this._query(this._sort ?? []), format });
      showToast({ text: say('exported', { name }), tone: 'good' });
    } catch (error) {
      showToast({ text: error.message, tone: 'bad', isUrgent: true });
    } finally {
      button.disabled = false;
    }
  }

  _add() {
    const noun = this._noun;
    const dialog = openDialog({
      title: `${say('add')}：${noun.title}`,
      content: [addForm(this._description, noun, undefined, (made) => {
        dialog.close();
        if (noun.addsMany) this._grid?.setPage(1);
        else window.location.hash = noun.addressOf(made[noun.key]);
      })],
    });
    dialog.classList.add('dialog--wide');
  }
}

/** One filter: its field's input, empty for any. */
class Filter {
  constructor(description, field, onChange) {
    const range = /_(from|to)$/.exec(field.name);
    const title = range && ['time', 'money'].includes(field.kind) ? say(range[1], { title: field.title }) : field.title;
    const asked = field.kind === 'switch' ? { kind: 'choice', labels: [{ value: true, text: say('yes') }, { value: false, text: say('no') }] } : {};
    this.name = field.name;
    this._input = inputFor(description, Object.assign(Object.create(field), { ...asked, title, isNullable: true, default: undefined }), null);
    this.element = this._input.element;
    ['input', 'change'].forEach((event) => this.element.addEventListener(event, onChange));
  }

  get value() {
    try {
      const { value } = this._input;
      return value === '' ? null : value;
    } catch {
      return null; // not yet what it will be
    }
  }

  clear() {
    this._input.show(null);
  }
}
