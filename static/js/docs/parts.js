/** What pages of the reference are made of: tables of fields, samples, text with code. */
import { el } from '../ui/elements.js';
import { ofTwo, say } from './texts.js';

export function part(title, ...content) {
  return el('section', { class: 'endpoint__part' }, el('h3', { class: 'endpoint__title' }, title), ...content);
}

/** A line of its own, if there is anything to say. */
export function note(text) {
  return text && el('p', { class: 'endpoint__note' }, ...withCode(text));
}

/** @param {{name: string, depth: number, field: object, isRequired: boolean}[]} rows */
export function fieldTable(rows, schemas, { tellsRequired = false } = {}) {
  return table([say('name'), say('kind'), say('about')], 'fields', rows.map(({ name, depth, field, isRequired }) => el('tr', {},
    el('td', { class: 'table__name', 'data-depth': Math.min(depth, 4) }, el('code', {}, ...breakable(name))),
    el('td', {}, schemas.type(field)),
    el('td', {}, ...aboutField(field, schemas, tellsRequired && isRequired)))));
}

function aboutField(field, schemas, tellsRequired) {
  const { default: otherwise, examples } = field;
  const description = schemas.descriptionOf(field);
  const parts = [
    tellsRequired && el('strong', {}, say('required')),
    description && el('span', {}, ...withCode(ofTwo(description))),
    otherwise !== undefined && otherwise !== null && otherwise !== '' && el('span', {}, say('otherwise', { value: otherwise })),
    examples && el('code', { class: 'table__example' }, ...breakable(JSON.stringify(examples[0]))),
  ];
  return parts.filter(Boolean).flatMap((one, index) => (index > 0 ? [' ', one] : [one]));
}

export function table(heads, kind, rows) {
  return el('div', { class: 'table-place', tabindex: 0, role: 'group' },
    el('table', { class: `table table--${kind}` },
      el('thead', {}, el('tr', {}, ...heads.map((head) => el('th', { scope: 'col' }, head)))),
      el('tbody', {}, ...rows)));
}

export function sample(title, text) {
  return el('figure', { class: 'sample' },
    el('figcaption', { class: 'sample__title' }, title),
    el('pre', { class: 'sample__text', tabindex: 0 }, el('code', {}, text)));
}

/** `like this` as code. */
export function withCode(text) {
  return text.split('`').map((one, index) => (index % 2 === 1 ? el('code', {}, one) : one));
}

/** Lets long names break where they have a joint. */
export function breakable(text) {
  return text.split(/(?<=[/_.])/).flatMap((one, index) => (index > 0 ? [el('wbr'), one] : [one]));
}
