/** A sheet of a noun's things, where the description offers it: looked at with every problem by row and column, then put in by one press. */
import { el } from '../ui/elements.js';
import { openDialog } from '../ui/dialogs.js';
import { showToast } from '../ui/toasts.js';
import { ask } from './ops.js';
import { say } from './texts.js';
import { textOf } from './values.js';

const SHOWN = 100; // rows
const PROBLEMS = 'problems';

/** Opens it; `onImported` is called when something was put in. */
export function openImport(description, noun, onImported) {
  const file = el('input', { type: 'file', accept: '.csv,.xlsx', class: 'field__input', 'aria-label': say('import_file') });
  const look = el('div', { 'aria-live': 'polite' });
  const start = el('button', { class: 'button button--primary', type: 'button', disabled: true }, say('import_start'));
  const cancel = el('button', { class: 'button', type: 'button' }, say('cancel'));
  let body = null;

  file.addEventListener('change', async () => {
    start.disabled = true;
    [body] = file.files;
    if (!body) return;
    try {
      const found = await ask('POST', `${noun.importPath}/preview`, { body });
      look.replaceChildren(...preview(description, noun, found));
      start.disabled = found[PROBLEMS].length > 0;
    } catch (error) {
      look.replaceChildren(el('p', { class: 'field__problem', role: 'alert' }, wordsOf(error)));
    }
  });
  start.addEventListener('click', async () => {
    start.disabled = true;
    try {
      const made = await ask('POST', noun.importPath, { body });
      dialog.close();
      showToast({ text: say('added', { count: made.length }), tone: 'good' });
      onImported();
    } catch (error) {
      look.replaceChildren(el('p', { class: 'field__problem', role: 'alert' }, wordsOf(error)));
    }
  });
  cancel.addEventListener('click', () => dialog.close());
  const dialog = openDialog({
    title: `${say('import_things')}：${noun.title}`,
    content: [file, look, el('div', { class: 'dialog__actions' }, cancel, start)],
  });
  dialog.classList.add('dialog--wide');
}

const wordsOf = (error) => [error.message, ...Object.entries(error.data ?? {}).map(([place, words]) => `${place}: ${words}`)].join(' · ');

/** Problems where there are any, else what would be put in. */
function preview(description, noun, found) {
  if (found[PROBLEMS].length > 0) {
    const rows = found[PROBLEMS].slice(0, SHOWN).map(({ line, column, message, text }) => [line || '', column, message, text]);
    return [el('p', {}, say('import_problems', { count: found[PROBLEMS].length })),
      table([say('import_line'), say('import_column'), say('import_problem'), ''], rows)];
  }
  const answer = description.operation('post', `${noun.importPath}/preview`).responses['200'].content['application/json'].schema;
  const lists = description.fieldsOf(description.resolve(answer).properties.data).filter(({ name, kind }) => kind === 'list' && name !== PROBLEMS);
  return lists.map((list) => {
    const [fields, things] = found[list.name].every(({ thing }) => thing)
      ? [noun.addForm.fields, found[list.name].map(({ thing }) => thing)]
      : [description.fieldsOf(list.schema.items), found[list.name]];
    const rows = things.slice(0, SHOWN).map((one) => fields.map((field) => textOf(field, one[field.name])));
    return el('div', {}, el('p', {}, say('count', { count: found[list.name].length })), table(fields.map(({ title }) => title), rows));
  });
}

function table(heads, rows) {
  return el('div', { class: 'console__scroll', tabindex: '0', role: 'region', 'aria-label': say('import_look') },
    el('table', { class: 'console__table' },
      el('thead', {}, el('tr', {}, ...heads.map((head) => (head ? el('th', { scope: 'col' }, head) : el('td', {}))))),
      el('tbody', {}, ...rows.map((cells) => el('tr', {}, ...cells.map((cell) => el('td', {}, String(cell ?? ''))))))));
}
