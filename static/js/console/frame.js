/** What the console wears: its sections, who is in, the language, the way out; and keys for all of them. */
import { switchLanguage, t } from '../i18n.js';
import { el } from '../ui/elements.js';
import { openDialog } from '../ui/dialogs.js';
import { say, sayOr } from './texts.js';

/** The header of somebody who is in, or of nobody. @param {{me?: object, nouns?: object[], mayImport?: boolean, onSignOut?: () => void}} options */
export function dressHeader({ me, nouns = [], mayImport = false, onSignOut } = {}) {
  document.querySelector('.site-header').replaceChildren(
    el('a', { class: 'skip', href: '#main', onclick: skip }, t('site.skip')),
    el('div', { class: 'console__top' },
      el('a', { class: 'brand', href: '#/' }, el('span', { class: 'brand__name' }, say('title'))),
      me && el('span', { class: 'console__who' }, me.nickname),
      el('a', { class: 'button button--plain button--small', href: '/' }, say('to_site')),
      el('button', {
        class: 'button button--plain button--small', type: 'button', lang: t('site.language') === 'English' ? 'en' : 'zh-CN', onclick: switchLanguage,
      }, t('site.language')),
      me && el('button', { class: 'button button--plain button--small', type: 'button', onclick: onSignOut }, say('sign_out'))));
  document.querySelector('.site-footer').replaceChildren(
    el('p', {}, t('site.times')),
    el('button', { class: 'button button--plain button--small', type: 'button', onclick: showKeys }, say('help_hint')));
  document.querySelector('.console__nav')?.remove();
  if (me) document.querySelector('main').before(sections(nouns, mayImport));
}

/** The address below is the section's, not the page's. */
function skip(event) {
  event.preventDefault();
  document.querySelector('main').focus();
}

function sections(nouns, mayImport) {
  const item = (href, text) => el('a', { class: 'console__item', href }, text);
  const menu = el('details', { class: 'console__menu', open: window.matchMedia('(min-width: 60rem)').matches },
    el('summary', { class: 'console__menu-name' }, say('menu')),
    el('ul', {},
      el('li', {}, item('#/live', say('live'))),
      mayImport && el('li', {}, item('#/import', say('import'))),
      ...areasOf(nouns).map(([area, found]) => el('li', {},
        el('p', { class: 'console__area-name' }, area),
        el('ul', {}, ...found.map((noun) => el('li', {}, item(`#/things/${noun.name}`, noun.title)))))),
      el('li', {}, item('#/log', say('log'))),
      el('li', {}, item('#/audit', say('audit'))),
      el('li', {}, item('#/me', say('me')))));
  menu.addEventListener('click', ({ target }) => {
    if (target.closest('a') && !window.matchMedia('(min-width: 60rem)').matches) menu.open = false;
  });
  return el('nav', { class: 'console__nav', 'aria-label': say('menu') }, menu);
}

/** What an area is called, with its nouns. */
export function areasOf(nouns) {
  const areas = new Map();
  nouns.forEach((noun) => areas.set(noun.area, [...(areas.get(noun.area) ?? []), noun]));
  return [...areas].map(([area, found]) => [sayOr(`area_${area}`, area), found]);
}

/** Marks the section that is shown. */
export function markSection(hash) {
  document.querySelectorAll('.console__item').forEach((item) => {
    const href = item.getAttribute('href');
    if (hash === href || hash.startsWith(`${href}/`)) item.setAttribute('aria-current', 'page');
    else item.removeAttribute('aria-current');
  });
}

// ---- keys

const keys = new Map(); // key → {text, run}

/** A key that works wherever nothing is typed; gives what takes it away again. */
export function onKey(key, text, run) {
  keys.set(key, { text, run });
  return () => { if (keys.get(key)?.run === run) keys.delete(key); };
}

const isTyping = (target) => target.closest?.('input, textarea, select, [contenteditable]');

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector('dialog[open]')) return;
  const known = keys.get(event.key);
  if (!known) return;
  event.preventDefault();
  known.run();
});

function showKeys() {
  openDialog({
    title: say('help'),
    content: [
      el('dl', { class: 'console__keys' }, ...[...keys].map(([key, { text }]) => el('div', {}, el('dt', {}, el('kbd', {}, key)), el('dd', {}, text)))),
      el('form', { method: 'dialog', class: 'dialog__actions' }, el('button', { class: 'button', autofocus: true }, say('close'))),
    ],
  });
}

onKey('?', say('help'), showKeys);
