/** The reader's watch list: lots of all groups, live. */
import { listWatched } from './api.js';
import { t } from './i18n.js';
import { lastAsked } from './last_asked.js';
import { Notices } from './notices.js';
import { openLive } from './page_live.js';
import { onUserChange, user } from './session.js';
import { Trust } from './trust.js';
import { openSignIn } from './ui/account.js';
import { ConnectionLight } from './ui/connection_light.js';
import { el } from './ui/elements.js';
import { keepPageInAddress, pageInAddress, pageInstead, pager } from './ui/pager.js';
import { emptyPlace, failurePlace, linkButton, skeleton } from './ui/placeholders.js';
import { dressPage, showContent } from './ui/shell.js';
import { startTicking } from './ui/ticker.js';
import { WatchedRow } from './ui/watched_row.js';
import { Watchlist } from './watchlist.js';

const LIMIT = 60;

const main = dressPage(t('watched.title'));
const trust = new Trust();
const light = new ConnectionLight(trust);
const asking = lastAsked();
const rows = new Map(); // goods id → row, of the page shown
const watchlist = new Watchlist(() => rows.forEach((row) => row.watch.update()));
let known = new Set(); // ids of all lots on the list as it was read last
let page = pageInAddress();
let live = null;

openLive({
  channels: ['watched'],
  notices: new Notices(),
  onState: (_, { state, goods_ids: ids }) => {
    state.forEach((lot) => rows.get(lot.goods_id)?.take(lot));
    if (ids.some((id) => !known.has(id))) load(); // put there while nobody listened
  },
  onEvent: takeEvent,
  trust,
}).then((opened) => { live = opened; });
load();
onUserChange(() => turnTo(1));
startTicking(() => rows.forEach((row) => row.tick(live?.now() ?? Date.now())));

/** A lot that is taken off stays in sight until the page is opened again: a slip of the finger is mended by another press. */
function takeEvent(event) {
  if (event.type !== 'watched') rows.get(event.goods_id)?.take(event);
  else watchlist.note(event.goods_id, event.is_watched);
  if (event.type === 'watched' && event.is_watched && !known.has(event.goods_id)) load();
}

async function load() {
  const isLast = asking();
  if (!user()) {
    const button = el('button', { class: 'button button--primary', type: 'button', onclick: () => openSignIn() }, t('account.sign_in'));
    showContent(main, title(), emptyPlace({ text: t('watched.needed'), action: button }));
    return;
  }
  if (rows.size === 0) showContent(main, title(), skeleton(4, 'row'));
  try {
    const found = await listWatched(page, LIMIT);
    if (!isLast()) return;
    known = new Set(found.goods_ids);
    const instead = pageInstead({ ...found, limit: LIMIT });
    if (instead) turnTo(instead);
    else show(found);
  } catch (error) {
    if (isLast()) showContent(main, title(), failurePlace(error, load));
  }
}

function show({ list, total }) {
  rows.clear();
  list.forEach((lot) => rows.set(lot.id, new WatchedRow({ lot, watchlist })));
  showContent(main,
    el('div', { class: 'title-row' }, title(), light.element),
    total > 0 ? el('ul', { class: 'rows' }, ...[...rows.values()].map((row) => row.element))
      : emptyPlace({ text: t('watched.empty'), hint: t('watched.hint'), action: linkButton(t('my.go'), '/') }),
    pager({ page, limit: LIMIT, total, go: turnTo }) ?? '');
}

function turnTo(next) {
  page = next;
  rows.clear();
  keepPageInAddress(page);
  window.scrollTo(0, 0);
  load();
}

function title() {
  return el('h1', { class: 'page-title' }, t('watched.title'));
}
