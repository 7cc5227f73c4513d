/** The ended groups, newest first. */
import { listHistory } from './api.js';
import { parseServerTime, timeSpan } from './format.js';
import { t } from './i18n.js';
import { Notices } from './notices.js';
import { openLiveForReader } from './page_live.js';
import { el } from './ui/elements.js';
import { keepPageInAddress, pageInAddress, pageInstead, pager } from './ui/pager.js';
import { emptyPlace, failurePlace, linkButton, skeleton } from './ui/placeholders.js';
import { dressPage, showContent } from './ui/shell.js';

const LIMIT = 15;

const main = dressPage(t('nav.history'));
let page = pageInAddress();

load();
openLiveForReader({ notices: new Notices() });

async function load() {
  showContent(main, title(), skeleton(5, 'row'));
  try {
    const found = await listHistory(page, LIMIT);
    const instead = pageInstead({ ...found, limit: LIMIT });
    if (instead) turnTo(instead);
    else showGroups(found);
  } catch (error) {
    showContent(main, title(), failurePlace(error, load));
  }
}

function showGroups({ list, total }) {
  const content = list.length > 0
    ? el('ul', { class: 'rows' }, ...list.map(row))
    : emptyPlace({ text: t('history.empty'), action: linkButton(t('my.go'), '/') });
  showContent(main, title(), content, pager({ page, limit: LIMIT, total, go: turnTo }) ?? '');
}

function row({ id, issue, start_at: start, end_at: end }) {
  const span = timeSpan(parseServerTime(start), parseServerTime(end));
  return el('li', {},
    el('a', { class: 'row', href: `/history/${id}` },
      el('span', { class: 'row__name' },
        el('span', { class: 'row__issue' }, t('group.issue', { issue })),
        el('span', { class: 'row__kind' }, span)),
      el('span', { class: 'row__arrow', 'aria-hidden': 'true' }, '›')));
}

function turnTo(next) {
  page = next;
  keepPageInAddress(page);
  window.scrollTo(0, 0);
  load();
}

function title() {
  return el('h1', { class: 'page-title' }, t('history.title'));
}
