/** A sheet of lots and its pictures: looked at with every problem, sold by one press, followed until it is there; a reload finds it again. */
import { el, setText } from '../ui/elements.js';
import { Field, formOf } from '../ui/fields.js';
import { failurePlace } from '../ui/placeholders.js';
import { showContent } from '../ui/shell.js';
import { sendArchive } from './imports/sending.js';
import { previewTable, problemTable } from './imports/tables.js';
import { tell } from './imports/texts.js';
import { inputFor } from './inputs.js';
import { ask } from './ops.js';
import { FieldSight } from './description.js';

export const IMPORTS = '/api/ops/auctions/imports';
const GROUPS = 'auctions.groups';
const ASK_AGAIN = 500; // ms, while it is under way
const OF_FILES = ['name', 'archive_name', 'archive_bytes']; // what is told of the files that are chosen
const TYPES = { csv: 'text/csv', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' };

const chosenArchives = new Map(); // import → the file, from the form until it is sent

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
    const { parameters } = this._description.operation('post', IMPORTS);
    const inputs = parameters
      .filter((one) => one.in === 'query' && !OF_FILES.includes(one.name))
      .map(({ name, schema, required }) => inputFor(this._description, asOptional(new FieldSight(this._description, name, schema, required)), undefined));
    const sheet = new FileField({ name: 'file', label: tell('file'), accept: '.csv,.xlsx', hint: tell('file_hint'), isRequired: true });
    const recent = el('ul', { class: 'imports__recent' });
    const form = formOf({
      fields: [sheet, this._archiveField({ isRequired: false }), ...inputs],
      submit: tell('check'),
      send: async ({ file: chosen, archive, ...plan }) => {
        const given = Object.fromEntries(Object.entries(plan).filter(([, value]) => value !== null && value !== ''));
        const body = new Blob([chosen], { type: TYPES[chosen.name.split('.').pop().toLowerCase()] ?? 'application/octet-stream' });
        const beside = archive ? { archive_name: archive.name, archive_bytes: archive.size } : {};
        const { job } = await ask('POST', IMPORTS, { query: { ...given, ...beside, name: chosen.name }, body });
        if (job.state === 'waiting') chosenArchives.set(job.id, archive);
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
      const look = await ask('GET', addressOf(id));
      if (this._isClosed) return;
      const chosen = chosenArchives.get(id);
      chosenArchives.delete(id);
      if (chosen && look.job.state === 'waiting') await this._send(look.job, chosen);
      else this._draw(look);
    } catch (error) {
      if (!this._isClosed) showContent(this._main, failurePlace(error, () => this.showOne(id)));
    }
  }

  /** Sends the archive, which the page has to stay for, and has it looked at. */
  async _send(job, file) {
    const bar = barOf(tell('sending'), { done: 0, total: 1 });
    const stay = (event) => event.preventDefault();
    showContent(this._main, headOf(job, tell('sending')), bar.element, el('p', { class: 'page-note' }, tell('stay')));
    window.addEventListener('beforeunload', stay);
    try {
      await sendArchive(addressOf(job.id), job.archive, file, (done, total) => bar.show({ done, total }), () => this._isClosed);
      if (!this._isClosed) await ask('POST', `${addressOf(job.id)}/look`, { body: {} });
      if (!this._isClosed) await this.showOne(job.id);
    } catch (error) {
      if (!this._isClosed) this._draw({ job, goods: [] }, error.message);
    } finally {
      window.removeEventListener('beforeunload', stay);
    }
  }

  _draw({ job, goods }, why = '') {
    const isUnderWay = ['looking', 'running'].includes(job.state);
    const state = [tell(job.state === 'waiting' && job.archive && !job.failure ? 'state_sending' : `state_${job.state}`),
      job.failure && tell(`failure_${job.failure}`)].filter(Boolean).join('：');
    const bar = barOf(tell(`state_${job.state}`), job);
    const problem = el('p', { class: 'field__problem', role: 'alert' }, why);
    const group = this._description.noun(GROUPS);
    showContent(this._main, el('div', {},
      headOf(job, state),
      isUnderWay && bar.element,
      job.group_id !== null && group
        && el('p', {}, el('a', { class: 'button button--primary', href: group.addressOf(job.group_id) }, tell('to_group'))),
      ['ready', 'failed'].includes(job.state) && goods.length > 0
        && this._button(job, 'start', tell(job.state === 'failed' ? 'again' : 'start', { count: goods.length }), problem),
      job.state === 'waiting' && job.failure && this._button(job, 'look', tell('look_again'), problem),
      problem,
      job.state === 'waiting' && job.archive && this._formToSend(job),
      job.problems.length > 0 && problemTable(job),
      goods.length > 0 && previewTable(goods)));
    if (isUnderWay) this._follow(job, bar);
  }

  _button(job, action, words, problem) {
    const button = el('button', { class: 'button button--primary', type: 'button' }, words);
    button.addEventListener('click', async () => {
      button.disabled = true;
      try {
        await ask('POST', `${addressOf(job.id)}/${action}`, { body: {} });
        this.showOne(job.id);
      } catch (error) {
        problem.textContent = error.message;
        button.disabled = false;
      }
    });
    return el('div', { class: 'console__buttons' }, button);
  }

  /** For an archive that has not come whole. */
  _formToSend(job) {
    const field = this._archiveField({ isRequired: true, check: (file) => file.size === job.archive.size || tell('other_archive', job.archive) });
    return el('div', { class: 'panel imports__form' },
      formOf({ fields: [field], submit: tell('send_again'), send: ({ archive }) => this._send(job, archive) }));
  }

  _archiveField({ isRequired, check = () => true }) {
    const parameter = this._description.operation('post', IMPORTS).parameters.find((one) => one.name === 'archive_bytes');
    const most = this._description.resolve(parameter.schema).maximum;
    const megabytes = Math.floor(most / 2 ** 20);
    return new FileField({
      name: 'archive',
      label: tell(isRequired ? 'archive' : 'archive_optional'),
      accept: '.zip',
      hint: tell('archive_hint', { megabytes }),
      isRequired,
      check: (file) => {
        if (file.size === 0) return tell('empty_archive');
        return file.size > most ? tell('large_archive', { megabytes }) : check(file);
      },
    });
  }

  _follow(job, bar) {
    this._timer = setTimeout(async () => {
      try {
        const look = await ask('GET', addressOf(job.id));
        if (this._isClosed) return;
        if (look.job.state !== job.state) {
          this._draw(look);
          return;
        }
        bar.show(look.job);
      } catch {
        // asked again in a moment: the import goes on without this page
      }
      if (!this._isClosed) this._follow(job, bar);
    }, ASK_AGAIN);
  }
}

const addressOf = (id) => `${IMPORTS}/${encodeURIComponent(id)}`;

/** A field that may be left out. */
const asOptional = (field) => (field.isRequired || field.default !== undefined ? field : Object.assign(Object.create(field), { isNullable: true }));

function nameOf(job) {
  return tell('preview_of', { issue: job.issue, name: job.name, start: job.start_at, end: job.end_at });
}

function headOf(job, state) {
  return el('div', {},
    el('p', { class: 'way' }, el('a', { href: '#/import' }, `‹ ${tell('title')}`)),
    el('h1', { class: 'page-title' }, nameOf(job)),
    el('p', { class: 'imports__state', role: 'status' }, state));
}

/** How far something is. */
function barOf(label, { done, total }) {
  const bar = el('progress', { 'aria-label': label });
  const count = el('p', {});
  const show = (now) => {
    bar.max = Math.max(1, now.total);
    bar.value = now.done;
    setText(count, tell('progress', now));
  };
  show({ done, total });
  return { element: el('div', { class: 'imports__progress' }, bar, count), show };
}

/** A file, chosen or dropped; `check` gives true, or what is wrong with it. */
class FileField extends Field {
  constructor({ isRequired, check = () => true, ...about }) {
    super({ type: 'file', ...about });
    this._isRequired = isRequired;
    this._check = check;
    this.element.addEventListener('dragover', (event) => event.preventDefault());
    this.element.addEventListener('drop', (event) => {
      event.preventDefault();
      this.input.files = event.dataTransfer.files;
    });
  }

  get value() {
    const [file] = this.input.files;
    const problem = file ? this._check(file) : !this._isRequired || tell('no_file');
    if (problem !== true) throw Object.assign(new Error(problem), { data: { [this.name]: [problem] } });
    return file;
  }
}
