/** The log: who changed what, when and why. */
import { shortDateTime } from '../format.js';
import { el } from '../ui/elements.js';
import { failurePlace } from '../ui/placeholders.js';
import { pageInstead, pager } from '../ui/pager.js';
import { showContent } from '../ui/shell.js';
import { ask } from './ops.js';
import { say, sayOr } from './texts.js';
import { textOf } from './values.js';

const PATH = '/api/ops/log';
const PER_PAGE = 20;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/; // as things are kept

export function showLog(main, description) {
  const place = el('div', {});
  const noun = el('select', { class: 'field__input', 'aria-label': say('log_what') },
    el('option', { value: '' }, say('log_all')),
    ...description.nouns.map((one) => el('option', { value: one.name }, one.title)));
  const show = () => logTable(place, description, noun.value ? { noun: noun.value } : {});
  noun.addEventListener('change', show);
  showContent(main, el('h1', { class: 'page-title' }, say('log')), el('div', { class: 'console__bar' }, noun), place);
  show();
  return () => {};
}

/** The entries that match, newest first, page by page. */
export async function logTable(place, description, which, page = 1) {
  try {
    const answer = await ask('GET', PATH, { query: { ...which, page, limit: PER_PAGE } });
    const instead = pageInstead({ ...answer, limit: PER_PAGE });
    if (instead !== null) {
      await logTable(place, description, which, instead);
      return;
    }
    const steps = pager({ page, limit: PER_PAGE, total: answer.total, go: (next) => logTable(place, description, which, next) });
    place.replaceChildren(
      answer.list.length > 0 ? table(description, answer.list, !which.id) : el('p', { class: 'page-note' }, say('nothing')),
      ...(steps ? [steps] : []));
  } catch (error) {
    place.replaceChildren(failurePlace(error, () => logTable(place, description, which, page)));
  }
}

function table(description, entries, hasThings) {
  const heads = ['log_when', 'log_who', ...(hasThings ? ['log_what'] : []), 'log_verb', 'log_values', 'log_reason'];
  return el('div', { class: 'console__scroll', tabindex: '0', role: 'region', 'aria-label': say('log') },
    el('table', { class: 'console__table' },
      el('thead', {}, el('tr', {}, ...heads.map((key) => el('th', { scope: 'col' }, say(key))))),
      el('tbody', {}, ...entries.map((entry) => row(description, entry, hasThings)))));
}

function row(description, entry, hasThings) {
  const noun = description.noun(entry.noun);
  const verb = noun?.verbTitle(entry.verb) ?? sayOr(`verb_${entry.verb}`, entry.verb);
  const thing = noun ? el('a', { href: noun.addressOf(entry.thing_id) }, `${noun.title} ${entry.thing_id}`) : `${entry.noun} ${entry.thing_id}`;
  return el('tr', {},
    el('td', {}, entry.at),
    el('td', {}, String(entry.user_id ?? '')),
    hasThings && el('td', {}, thing),
    el('td', {}, verb),
    el('td', { class: 'console__values' }, ...valuesOf(noun, entry)),
    el('td', {}, entry.reason));
}

/** What differs, field by field. */
function valuesOf(noun, { before, after }) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter((name) => name !== 'revision');
  const fields = new Map((noun?.fields ?? []).map((field) => [field.name, field]));
  const shown = (name, value) => {
    const field = fields.get(name);
    if (typeof value === 'string' && MOMENT.test(value)) return shortDateTime(Date.parse(value));
    return field ? textOf(field, value) : textOf({ kind: 'json' }, value);
  };
  if (!before || !after) return [el('details', {}, el('summary', {}, `${names.length}`), lines(names.map((name) => [name, shown(name, (before ?? after)?.[name])])))];
  return [lines(names.map((name) => [name, before[name] === undefined ? shown(name, after[name]) : `${shown(name, before[name]) || '—'} → ${shown(name, after[name]) || '—'}`]))];

  function lines(rows) {
    return el('ul', {}, ...rows.map(([name, text]) => el('li', {}, `${fields.get(name)?.title ?? name}: ${text || '—'}`)));
  }
}
