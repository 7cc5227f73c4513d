/** One ended group: every lot with its final price, by category. */
import { lotAddress } from './addresses.js';
import { getHistory } from './api.js';
import { bidderName } from './bidders.js';
import { parseServerTime, timeSpan, yuan } from './format.js';
import { t, tCount } from './i18n.js';
import { Notices } from './notices.js';
import { openLiveForReader } from './page_live.js';
import { user } from './session.js';
import { el } from './ui/elements.js';
import { describe } from './ui/lot_words.js';
import { emptyPlace, failurePlace, linkButton, skeleton } from './ui/placeholders.js';
import { dressPage, nameTab, showContent } from './ui/shell.js';
import { StatusPill } from './ui/status_pill.js';

const ENDED = 2;

const id = window.location.pathname.split('/').pop();
const main = dressPage(t('nav.history'));

load();
openLiveForReader({ notices: new Notices() });

async function load() {
  showContent(main, skeleton(6, 'row'));
  try {
    const group = await getHistory(id);
    if (group.status === ENDED) showGroup(group);
    else window.location.replace('/'); // what is still open has no results
  } catch (error) {
    if ([404, 422].includes(error.status)) {
      showContent(main, emptyPlace({ text: error.message, action: linkButton(t('group.see_history'), '/history') }));
    } else {
      showContent(main, failurePlace(error, load));
    }
  }
}

function showGroup(group) {
  const title = t('history.group_title', { issue: group.issue });
  const all = group.goods.flatMap(({ goods }) => goods);
  const sold = all.filter(isSold);
  const total = sold.reduce((sum, { bid }) => sum + bid.price, 0);
  const span = timeSpan(parseServerTime(group.start_at), parseServerTime(group.end_at));
  nameTab(title);
  showContent(main,
    el('div', { class: 'way' }, el('a', { href: '/history' }, `← ${t('history.title')}`)),
    el('h1', { class: 'page-title' }, title),
    el('p', { class: 'page-note' }, span),
    el('p', { class: 'page-note' },
      `${t('history.sold', { sold: sold.length, count: all.length })} · ${t('history.total', { price: yuan(total) })}`),
    ...group.goods.map(section));
}

function section({ category, goods }) {
  return el('section', { class: 'section' },
    el('h2', { class: 'section__title' }, category, el('small', { class: 'section__note' }, tCount('group.lots', goods.length))),
    el('ul', { class: 'rows rows--split' }, ...goods.map(row)));
}

function row(goods) {
  const isOwn = isSold(goods) && goods.bid.user_id === user()?.id;
  return el('li', {},
    el('a', { class: 'row', href: lotAddress(goods.id, goods.group_id) },
      el('span', { class: 'row__name' },
        el('span', { class: 'sn' }, goods.sn),
        el('span', { class: 'row__kind' }, describe({ ...goods, category: null }))),
      el('span', { class: 'row__result' },
        isSold(goods) && el('span', { class: 'row__price' }, yuan(goods.bid.price)),
        isSold(goods) && !isOwn ? el('span', { class: 'row__kind' }, bidderName(goods.bid))
          : new StatusPill(isOwn ? 'won' : 'unsold').element)));
}

/** The API gives an empty list where nobody has bid. */
function isSold({ bid }) {
  return !Array.isArray(bid);
}
