/** What a look at a sheet has found: every problem, or what would be sold. */
import { yuan } from '../../format.js';
import { el } from '../../ui/elements.js';
import { problemText, tell } from './texts.js';

const SHOWN = 200;
const COLUMNS = ['sn', 'category', 'score', 'sn_no', 'low_price', 'top_price', 'step', 'extend_window_seconds'];
const MONEY = new Set(['low_price', 'top_price', 'step']);

export function problemTable({ problems, more_problems: more }) {
  const title = tell('problems', { count: problems.length + more });
  return el('section', { class: 'section' },
    el('h2', { class: 'section__title' }, title),
    scrolled(title, el('table', { class: 'console__table imports__problems' },
      headOf(['line', 'column', 'problem'].map((key) => tell(key))),
      el('tbody', {}, ...problems.map((one) => el('tr', {},
        el('td', {}, one.line > 0 ? String(one.line) : tell('whole')), el('td', {}, one.column), el('td', {}, problemText(one))))))),
    more > 0 && el('p', {}, tell('more', { count: more })));
}

export function previewTable(goods) {
  const without = goods.filter((one) => one.pictures.length === 0).length;
  const hasPictures = without < goods.length;
  return el('section', { class: 'section' },
    el('h2', { class: 'section__title' }, tell('preview'), el('small', { class: 'section__note' }, `${Math.min(SHOWN, goods.length)} / ${goods.length}`)),
    hasPictures && el('p', { class: 'page-note' },
      tell('pictures_of', { count: goods.reduce((sum, one) => sum + one.pictures.length, 0), lots: goods.length - without, without })),
    scrolled(tell('preview'), el('table', { class: 'console__table' },
      headOf([tell('line'), ...COLUMNS.slice(0, 1), ...(hasPictures ? [tell('pictures')] : []), ...COLUMNS.slice(1)]),
      el('tbody', {}, ...goods.slice(0, SHOWN).map((one) => {
        const [first, ...rest] = COLUMNS.map((name) => el('td', {}, MONEY.has(name) ? yuan(one[name]) : String(one[name])));
        return el('tr', {}, el('td', {}, String(one.line)), first, hasPictures && el('td', {}, picturesOf(one)), ...rest);
      })))));
}

/** Each with the name that tells where it is from. */
function picturesOf({ pictures }) {
  if (pictures.length === 0) return tell('none');
  return el('ul', { class: 'imports__pictures' }, ...pictures.map(({ name, small_address: address }) => el('li', { title: name },
    el('img', { src: address, alt: '', loading: 'lazy' }), el('small', {}, shortName(name)))));
}

function shortName(name) {
  return /^https?:/i.test(name) ? name.split(/[?#]/)[0].replace(/\/+$/, '').split('/').pop() : name;
}

function headOf(titles) {
  return el('thead', {}, el('tr', {}, ...titles.map((title) => el('th', { scope: 'col' }, title))));
}

function scrolled(label, content) {
  return el('div', { class: 'console__scroll', tabindex: '0', role: 'region', 'aria-label': label }, content);
}
