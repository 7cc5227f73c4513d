/** A sheet of lots: looked at with every problem, sold by one press, followed until it is there; a reload finds it again. */
import { yuan } from '../format.js';
import { el, setText } from '../ui/elements.js';
import { Field, formOf } from '../ui/fields.js';
import { failurePlace } from '../ui/placeholders.js';
import { showContent } from '../ui/shell.js';
import { problemText, tell } from './imports/texts.js';
import { inputFor } from './inputs.js';
import { ask } from './ops.js';
import { FieldSight } from './description.js';

export const IMPORTS = '/api/ops/auctions/imports';
const GROUPS = 'auctions.groups';
const ASK_AGAIN = 500; // ms, while it runs
const PREVIEW_SHOWN = 200;
const TYPES = { csv: 'text/csv', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' };

/** The form for a new one, or with an id that import; gives what to call when another section is opened. */
export async function showImport(main, description, id) {
  const view = new ImportView(main, description);
  if (id) await view.showOne(id);
  else await view.showForm();
  return () => view.close();
}

class ImportView {
  constructor(main, description) {
    this._main = main;
    this._description = description;
  }

  close() {
    this._isClosed = true;
    clearTimeout(this._timer);
  }

  async showForm() {
    const operation = this._description.operation('post', IMPORTS);
    const inputs = operation.parameters
      .filter((one) => one.in === 'query' && one.name !== 'name')
      .map(({ name, schema, required }) => inputFor(this._description, asOptional(new FieldSight(this._description, name, schema, required)), undefined));
    const file = new FileField();
    const recent = el('ul', { class: 'imports__recent' });
    const form = formOf({
      fields: [file, ...inputs],
      submit: tell('check'),
      send: async ({ file: chosen, ...plan }) => {
        const given = Object.fromEntries(Object.entries(plan).filter(([, value]) => value !== null && value !== ''));
        const body = new Blob([chosen], { type: TYPES[chosen.name.split('.').pop().toLowerCase()] ?? 'application/octet-stream' });
        const { job } = await ask('POST', IMPORTS, { query: { ...given, name: chosen.name }, body });
        window.location.hash = `#/import/${job.id}`;
      },
    });
    showContent(this._main,
      el('h1', { class: 'page-title' }, tell('title')),
      el('p', { class: 'page-note' }, tell('explain')),
      el('div', { class: 'panel imports__form' }, form),
      el('section', { class: 'section' }, el('h2', { class: 'section__title' }, tell('recent')), recent));
    try {
      const jobs = await ask('GET', IMPORTS);
      recent.replaceChildren(...jobs.map((job) => el('li', {},
        el('a', { href: `#/import/${job.id}` }, nameOf(job)), ' ', el('span', { class: 'page-note' }, tell(`state_${job.state}`)))));
    } catch (error) {
      recent.replaceChildren(el('li', {}, error.message));
    }
  }

  async showOne(id) {
    try {
      const look = await ask('GET', `${IMPORTS}/${encodeURIComponent(id)}`);
      if (!this._isClosed) this._draw(look);
    } catch (error) {
      if (!this._isClosed) showContent(this._main, failurePlace(error, () => this.showOne(id)));
    }
  }

  _draw({ job, goods }) {
    const problem = el('p', { class: 'field__problem', role: 'alert' });
    const mayStart = ['ready', 'failed'].includes(job.state) && goods.length > 0;
    const start = el('button', { class: 'button button--primary', type: 'button' }, tell(job.state === 'failed' ? 'again' : 'start', { count: goods.length }));
    start.addEventListener('click', async () => {
      start.disabled = true;
      try {
        await ask('POST', `${IMPORTS}/${encodeURIComponent(job.id)}/start`, { body: {} });
        this.showOne(job.id);
      } catch (error) {
        problem.textContent = error.message;
        start.disabled = false;
      }
    });
    const state = el('p', { class: 'imports__state', role: 'status' }, [tell(`state_${job.state}`), job.failure && tell(`failure_${job.failure}`)].filter(Boolean).join('：'));
    const bar = el('progress', { max: Math.max(1, job.total), value: job.done, 'aria-label': tell('state_running') });
    const count = el('p', {}, tell('progress', job));
    showContent(this._main, el('div', {},
      el('p', { class: 'way' }, el('a', { href: '#/import' }, `‹ ${tell('title')}`)),
      el('h1', { class: 'page-title' }, nameOf(job)),
      state,
      job.state === 'running' && el('div', { class: 'imports__progress' }, bar, count),
      job.group_id !== null && this._description.noun(GROUPS)
        && el('p', {}, el('a', { class: 'button button--primary', href: this._description.noun(GROUPS).addressOf(job.group_id) }, tell('to_group'))),
      mayStart && el('div', { class: 'console__buttons' }, start),
      problem,
      job.problems.length > 0 && problemTable(job),
      goods.length > 0 && previewTable(goods)));
    if (job.state === 'running') this._follow(job, bar, count);
  }

  _follow(job, bar, count) {
    this._timer = setTimeout(async () => {
      try {
        const look = await ask('GET', `${IMPORTS}/${encodeURIComponent(job.id)}`);
        if (this._isClosed) return;
        if (look.job.state !== 'running') {
          this._draw(look);
          return;
        }
        bar.max = Math.max(1, look.job.total);
        bar.value = look.job.done;
        setText(count, tell('progress', look.job));
      } catch {
        // asked again in a moment: the import goes on without this page
      }
      if (!this._isClosed) this._follow(job, bar, count);
    }, ASK_AGAIN);
  }
}

/** A field that may be left out. */
const asOptional = (field) => (field.isRequired || field.default !== undefined ? field : Object.assign(Object.create(field), { isNullable: true }));

function nameOf(job) {
  return tell('preview_of', { issue: job.issue, name: job.name, start: job.start_at, end: job.end_at });
}

/** A file, chosen or dropped. */
class FileField extends Field {
  constructor() {
    super({ name: 'file', label: tell('file'), type: 'file', accept: '.csv,.xlsx', hint: tell('file_hint') });
    this.element.addEventListener('dragover', (event) => event.preventDefault());
    this.element.addEventListener('drop', (event) => {
      event.preventDefault();
      this.input.files = event.dataTransfer.files;
    });
  }

  get value() {
    const [file] = this.input.files;
    if (!file) throw Object.assign(new Error(tell('no_file')), { data: { file: [tell('no_file')] } });
    return file;
  }
}

function problemTable({ problems, more_problems: more }) {
  return el('section', { class: 'section' },
    el('h2', { class: 'section__title' }, tell('problems', { count: problems.length + more })),
    scrolled(tell('problems', { count: problems.length + more }), el('table', { class: 'console__table' },
      el('thead', {}, el('tr', {}, ...['line', 'column', 'problem'].map((key) => el('th', { scope: 'col' }, tell(key))))),
      el('tbody', {}, ...problems.map((one) => el('tr', {},
        el('td', {}, one.line > 0 ? String(one.line) : tell('whole')), el('td', {}, one.column), el('td', {}, problemText(one))))))),
    more > 0 && el('p', {}, tell('more', { count: more })));
}

function previewTable(goods) {
  const columns = ['sn', 'category', 'score', 'sn_no', 'low_price', 'top_price', 'step', 'extend_window_seconds'];
  const money = new Set(['low_price', 'top_price', 'step']);
  return el('section', { class: 'section' },
    el('h2', { class: 'section__title' }, tell('preview'), el('small', { class: 'section__note' }, `${Math.min(PREVIEW_SHOWN, goods.length)} / ${goods.length}`)),
    scrolled(tell('preview'), el('table', { class: 'console__table' },
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, tell('line')), ...columns.map((name) => el('th', { scope: 'col' }, name)))),
      el('tbody', {}, ...goods.slice(0, PREVIEW_SHOWN).map((one) => el('tr', {},
        el('td', {}, String(one.line)), ...columns.map((name) => el('td', {}, money.has(name) ? yuan(one[name]) : String(one[name])))))))));
}

function scrolled(label, content) {
  return el('div', { class: 'console__scroll', tabindex: '0', role: 'region', 'aria-label': label }, content);
}
