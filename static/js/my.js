/** What the reader takes part in, with open lots live. */
import { checkUser, listMine } from './api.js';
import { Endings } from './endings.js';
import { parseServerTime, timeSpan } from './format.js';
import { t } from './i18n.js';
import { lastAsked } from './last_asked.js';
import { Notices } from './notices.js';
import { openLive } from './page_live.js';
import { onUserChange, user } from './session.js';
import { Trust } from './trust.js';
import { openSignIn } from './ui/account.js';
import { AfterSale } from './ui/after_sale.js';
import { ConnectionLight } from './ui/connection_light.js';
import { el } from './ui/elements.js';
import { MyRow } from './ui/my_row.js';
import { keepPageInAddress, pageInAddress, pageInstead, pager } from './ui/pager.js';
import { emptyPlace, failurePlace, linkButton, skeleton } from './ui/placeholders.js';
import { dressPage, showContent } from './ui/shell.js';

const LIMIT = 15;
const OPEN = 0;

const main = dressPage(t('nav.my'));
const trust = new Trust();
const light = new ConnectionLight(trust);
const afterSale = new AfterSale();
const endings = new Endings();
const asking = lastAsked();
const rows = new Map(); // goods id → row, of the page shown
let page = pageInAddress();

const opening = openLive({
  notices: new Notices({ onSale: (event) => afterSale.take(event) }),
  endings,
  onState: (_, { state }) => state.forEach((lot) => rows.get(lot.goods_id)?.take(lot)),
  onEvent: (event) => rows.get(event.goods_id)?.take(event),
  trust,
});
load();
if (user()) checkUser().catch(() => {}); // a token that no longer stands signs out by itself
onUserChange(() => {
  afterSale.clear();
  turnTo(1);
});

async function load() {
  const isLast = asking();
  if (!user()) {
    showContent(main, title(), askToSignIn());
    return;
  }
  showContent(main, title(), skeleton(4, 'row'));
  try {
    if (page === 1) afterSale.load();
    const found = await listMine(page, LIMIT);
    if (!isLast()) return;
    const instead = pageInstead({ ...found, limit: LIMIT });
    if (instead) turnTo(instead);
    else showRows(found);
  } catch (error) {
    if (!isLast()) return;
    if (error.status === 401) showContent(main, title(), askToSignIn());
    else showContent(main, title(), failurePlace(error, load));
  }
}

function showRows({ list, total }) {
  rows.clear();
  if (list.length === 0) {
    const action = linkButton(t('my.go'), '/');
    listenTo([]);
    showContent(main, title(), emptyPlace({ text: t('my.empty'), action }), pager({ page, limit: LIMIT, total, go: turnTo }) ?? '');
    return;
  }
  list.forEach((mine) => rows.set(mine.goods_id, new MyRow(mine)));
  endings.join(list);
  const hasOpen = list.some(({ bid_status: status }) => status === OPEN);
  showContent(main,
    el('div', { class: 'title-row' }, title(), el('a', { href: '/watched' }, t('watched.title')), hasOpen && light.element),
    page === 1 ? afterSale.element : '',
    ...groupsOf(list).map(groupSection),
    pager({ page, limit: LIMIT, total, go: turnTo }) ?? '');
  const open = list.filter(({ bid_status: status }) => status === OPEN).map(({ group_id: group }) => group);
  listenTo([...new Set(open)]);
}

/** To these groups instead of those before; what is the reader's own stays. */
async function listenTo(groups) {
  const live = await opening;
  live?.channels.filter((channel) => channel.startsWith('group:')).forEach((channel) => live.unsubscribe(channel));
  groups.forEach((group) => live?.subscribe(`group:${group}`));
}

/** Participations come newest group first; neighbours of one group share a heading. */
function groupsOf(list) {
  const groups = new Map();
  list.forEach((mine) => groups.set(mine.group_id, [...(groups.get(mine.group_id) ?? []), mine]));
  return [...groups.values()];
}

function groupSection(list) {
  const { config } = list[0];
  const span = timeSpan(parseServerTime(config.start_at), parseServerTime(config.end_at));
  return el('section', { class: 'section' },
    el('h2', { class: 'section__title' }, t('group.issue', { issue: config.issue }), el('small', { class: 'section__note' }, span)),
    el('ul', { class: 'rows' }, ...list.map((mine) => rows.get(mine.goods_id).element)));
}

function askToSignIn() {
  const button = el('button', { class: 'button button--primary', type: 'button', onclick: () => openSignIn() }, t('account.sign_in'));
  return emptyPlace({ text: t('account.needed'), action: button });
}

function turnTo(next) {
  page = next;
  keepPageInAddress(page);
  window.scrollTo(0, 0);
  load();
}

function title() {
  return el('h1', { class: 'page-title' }, t('my.title'));
}
