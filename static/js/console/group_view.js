/** What became of a group: its money by category, the lists for those who pack and account, and what came too late. */
import { yuan } from '../format.js';
import { el } from '../ui/elements.js';
import { failurePlace } from '../ui/placeholders.js';
import { showContent } from '../ui/shell.js';
import { showToast } from '../ui/toasts.js';
import { tell } from './group/texts.js';
import { ask, download } from './ops.js';

const GROUPS = 'auctions.groups';
const LOTS = 'auctions.lots';
const SETTLEMENTS = 'auctions.settlements';
const BID = '/api/group'; // what it may be refused for
const COUNTS = ['lots', 'sold', 'unsold', 'withdrawn'];
const MONEY = ['hammer', 'paid', 'due', 'unpaid'];

/** Shows it; gives what to call when another section is opened. */
export async function showGroup(main, description, id) {
  const noun = description.noun(GROUPS);
  const path = noun.pathOf(id);
  try {
    const [group, totals, missed] = await Promise.all([ask('GET', path), ask('GET', `${path}/totals`), ask('GET', `${path}/missed-bids`)]);
    showContent(main,
      el('p', { class: 'way' }, el('a', { href: noun.addressOf(id) }, `‹ ${noun.title} ${noun.labelOf(group)}`)),
      el('div', { class: 'title-row' },
        el('h1', { class: 'page-title' }, tell('title', { issue: group.issue })),
        el('div', { class: 'console__buttons' },
          keeper('print', `${path}/winners.html`, {}, `winners-${group.issue}.html`),
          keeper('sheet', `${description.noun(SETTLEMENTS).path}/export`, { group_id: id, format: 'xlsx' }, `settlements-${group.issue}.xlsx`))),
      part('totals', totals.length > 0 ? table('totals', ['category', ...COUNTS, ...MONEY], totals.map(totalRow), totalRow({ ...sumOf(totals), category: tell('sum') })) : null),
      part('missed', missed.length > 0 ? table('missed', ['lot', 'who', 'price', 'late', 'fate', 'sold_at'], missed.map((one) => missedRow(description, one))) : null));
  } catch (error) {
    showContent(main, failurePlace(error, () => showGroup(main, description, id)));
  }
  return () => {};
}

/** Keeps a file of the server's. */
function keeper(key, path, query, name) {
  const run = async ({ currentTarget: button }) => {
    button.disabled = true;
    try {
      showToast({ text: tell('kept', { name: await download(path, query, name) }), tone: 'good' });
    } catch (error) {
      showToast({ text: error.message, tone: 'bad', isUrgent: true });
    } finally {
      button.disabled = false;
    }
  };
  return el('button', { class: 'button button--small', type: 'button', onclick: run }, tell(key));
}

function part(key, content) {
  return el('section', { class: 'section' }, el('h2', { class: 'section__title' }, tell(key)), content ?? el('p', { class: 'page-note' }, tell('none')));
}

function table(key, heads, rows, last) {
  return el('div', { class: 'console__scroll', tabindex: '0', role: 'region', 'aria-label': tell(key) },
    el('table', { class: 'console__table console__table--figures' },
      el('thead', {}, el('tr', {}, ...heads.map((head) => el('th', { scope: 'col' }, tell(head))))),
      el('tbody', {}, ...rows),
      last && el('tfoot', {}, last)));
}

function totalRow(total) {
  return el('tr', {},
    el('th', { scope: 'row' }, total.category),
    ...COUNTS.map((name) => el('td', {}, String(total[name]))),
    ...MONEY.map((name) => el('td', {}, yuan(total[name]))));
}

const sumOf = (totals) => Object.fromEntries([...COUNTS, ...MONEY].map((name) => [name, totals.reduce((sum, one) => sum + one[name], 0)]));

function missedRow(description, missed) {
  return el('tr', {},
    el('th', { scope: 'row' }, el('a', { href: description.noun(LOTS).addressOf(missed.goods_id) }, missed.sn)),
    el('td', {}, `${missed.nickname} #${missed.user_id}`),
    el('td', {}, yuan(missed.price)),
    el('td', {}, String(missed.late_ms)),
    el('td', {}, description.errorsOf('post', BID).get(missed.reason) ?? missed.reason),
    el('td', {}, missed.hammer_price === null ? '—' : yuan(missed.hammer_price)));
}
