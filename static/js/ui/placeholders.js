/** What stands where content is missing. */
import { t } from '../i18n.js';
import { el } from './elements.js';

/** Nothing to show, and where to go instead. @param {{text: string, hint?: string, action?: Node}} options */
export function emptyPlace({ text, hint, action }) {
  return el('div', { class: 'place' },
    el('p', { class: 'place__text' }, text),
    hint && el('p', { class: 'place__hint' }, hint),
    action);
}

/** Something went wrong; `retry` tries it again. */
export function failurePlace(error, retry) {
  return el('div', { class: 'place', role: 'alert' },
    el('p', { class: 'place__text' }, t('failure.title')),
    el('p', { class: 'place__hint' }, error.message),
    el('button', { class: 'button button--primary', type: 'button', onclick: retry }, t('failure.retry')));
}

export function skeleton(count, kind = 'card') {
  return el('div', { class: kind === 'card' ? 'cards' : 'rows', 'aria-hidden': 'true' },
    ...Array.from({ length: count }, () => el('div', { class: `skeleton skeleton--${kind}` })));
}

export function linkButton(text, href) {
  return el('a', { class: 'button button--primary', href }, text);
}
