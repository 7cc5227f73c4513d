/** The current group: what is looked for of its lots, live. */
import { listAddress } from './addresses.js';
import { getGroup, listJoined, listOpenGroups, searchLots } from './api.js';
import { Endings } from './endings.js';
import { t, tCount } from './i18n.js';
import { lastAsked } from './last_asked.js';
import { isFiltered, questionInAddress, toQuery, unfiltered } from './lot_question.js';
import { Lots } from './lots.js';
import { Notices } from './notices.js';
import { openLive } from './page_live.js';
import { onUserChange, user } from './session.js';
import { Trust } from './trust.js';
import { Bidding } from './ui/bidding.js';
import { CategoryTabs } from './ui/category_tabs.js';
import { ConnectionLight } from './ui/connection_light.js';
import { el, setText } from './ui/elements.js';
import { GroupHeader } from './ui/group_header.js';
import { issueLinks } from './ui/issues.js';
import { LotList } from './ui/lot_list.js';
import { LotSearch } from './ui/lot_search.js';
import { pageInAddress, pageInstead, pager } from './ui/pager.js';
import { emptyPlace, failurePlace, linkButton, skeleton } from './ui/placeholders.js';
import { dressPage, nameTab, showContent } from './ui/shell.js';
import { startTicking } from './ui/ticker.js';
import { showToast } from './ui/toasts.js';
import { Watchlist } from './watchlist.js';

const LOOK_AGAIN_AFTER = 60000; // ms; for the next group, when there is none or this one has ended
const LIMIT = 60; // lots on a page: divides by 2, 3 and 4 columns
const ENDED = 2;

const wanted = Number(new URLSearchParams(window.location.search).get('group')) || null;
const main = dressPage(t('nav.current'));

let live = null;
let question = questionInAddress();
let page = pageInAddress();
const lots = new Lots(() => live?.now() ?? Date.now(), lotChanged);
const trust = new Trust();
const bidding = new Bidding({ lots, trust, onChange: lotChanged });
const watchlist = new Watchlist(() => list.showWatched());
const notices = new Notices({ lots, bidding, bid: bidFromNotice });
const header = new GroupHeader(lots, new ConnectionLight(trust));
const endings = new Endings({ lots });
const [asking, askingMine] = [lastAsked(), lastAsked()];
const list = new LotList({ lots, bidding, watchlist });
const search = new LotSearch({ question, list, onChoose: choose });
const tabs = new CategoryTabs(choose);
const found = el('p', { class: 'found', role: 'status' });
const place = el('div', { class: 'list' });
const changed = new Set();

load();
onUserChange(() => {
  lots.leave();
  if (!lots.group) return;
  header.tellAdmission();
  takeJoined();
  if (question.whose) look();
});
trust.onChange(() => lots.all.forEach(lotChanged));
startTicking(() => {
  if (!lots.group) return;
  const now = lots.now();
  header.tick(now);
  list.tick(now);
});

async function load() {
  try {
    const group = await getGroup(wanted);
    if (group.status === ENDED) {
      window.location.replace(`/history/${group.id}`);
      return;
    }
    lots.setGroup(group);
    await look();
    showGroup(group);
  } catch (error) {
    if (error.status === 404) showEmpty();
    else showContent(main, failurePlace(error, () => { showContent(main, skeleton(6)); load(); }));
  }
}

function showGroup(group) {
  nameTab(t('group.issue', { issue: group.issue }));
  header.update();
  header.tellAdmission();
  showContent(main, header.element, search.element, tabs.element, found, place);
  showOtherGroups(group);
  takeJoined();
  const [channel, { cursor }] = [`group:${group.id}`, lots.group];
  openLive({
    channels: [channel],
    cursors: { [channel]: cursor },
    notices,
    endings,
    onState: (_, { state, announcement }) => {
      lots.announce(announcement);
      state.forEach((lot) => lots.takeState(lot));
    },
    onEvent: (event) => lots.takeEvent(event),
    trust,
  }).then((opened) => {
    live = opened;
    if (lots.group.cursor !== cursor) listen();
  });
}

/** Asks for what is looked for and draws it. Rejects only where nothing is drawn yet. */
async function look() {
  const { group } = lots;
  const isLast = asking();
  place.setAttribute('aria-busy', 'true');
  try {
    const answer = whoseIsUnknown() ? await searchNothing() : await searchLots(group.id, toQuery(question), page, LIMIT);
    if (!isLast()) return;
    const instead = pageInstead({ ...answer, limit: LIMIT });
    if (instead) turnTo(instead);
    else showFound(answer);
  } catch (error) {
    if (!isLast()) return;
    if (group.lots === undefined) throw error;
    place.replaceChildren(failurePlace(error, look));
  } finally {
    if (isLast()) place.removeAttribute('aria-busy');
  }
}

/** Of nobody's own lots there are none, but how many of each category there are is still told. */
const whoseIsUnknown = () => Boolean(question.whose) && !user();

async function searchNothing() {
  const whole = await searchLots(lots.group.id, {}, 1, 1);
  return { ...whole, list: [], total: 0, cursor: null };
}

function showFound({ list: listed, total, lots: count, categories, fancies, cursor }) {
  lots.group.lots = count;
  lots.group.cursor = cursor;
  const shown = lots.take(listed);
  list.show(shown, question);
  search.show(question);
  search.count(fancies);
  tabs.show({ categories, lots: count, question });
  tabs.countMine(lots.mineCount);
  setText(found, isFiltered(question) ? tCount('find.found', total) : '');
  place.replaceChildren(
    total > 0 ? list.element : nothingFound(),
    pager({ page, limit: LIMIT, total, go: turnOver }) ?? '');
  listen();
}

/** From where the list stands; what changes of lots on other pages is heard as well, and kept. */
function listen() {
  if (!live || !lots.group) return;
  const channel = `group:${lots.group.id}`;
  live.unsubscribe(channel);
  live.subscribe(channel, { cursor: lots.group.cursor });
}

function nothingFound() {
  if (isFiltered(question)) {
    const clear = el('button', { class: 'button', type: 'button', onclick: () => choose(unfiltered(question)) }, t('find.clear'));
    return emptyPlace({ text: t('find.none'), action: clear });
  }
  return el('p', { class: 'place__hint' }, t(question.whose ? `group.no_${question.whose}` : 'find.none'));
}

function choose(wish) {
  question = { ...question, ...wish };
  turnTo(1);
}

function turnTo(next) {
  page = next;
  window.history.replaceState(null, '', listAddress(wanted, question, page));
  look();
}

/** To the beginning of the page that was asked for. */
function turnOver(next) {
  turnTo(next);
  window.scrollTo(0, search.element.offsetTop);
  main.focus({ preventScroll: true });
}

async function showOtherGroups(group) {
  const links = issueLinks(await listOpenGroups().catch(() => []), group);
  if (links) main.prepend(links);
}

function showEmpty() {
  showContent(main, emptyPlace({
    text: t('group.empty'), hint: t('group.empty_hint'), action: linkButton(t('group.see_history'), '/history'),
  }));
  setTimeout(load, LOOK_AGAIN_AFTER);
}

async function takeJoined() {
  const isLast = askingMine();
  if (!user()) return;
  try {
    const joined = await listJoined(lots.group.id);
    if (!isLast()) return;
    lots.join(joined);
    endings.join(joined);
    tabs.countMine(lots.mineCount);
  } catch {
    // The live events still tell of every lot the reader leads.
  }
}

/** Changes are drawn once per frame, however many events arrive in between. */
function lotChanged(lot) {
  if (changed.size === 0) requestAnimationFrame(drawChanged);
  changed.add(lot.id);
}

function drawChanged() {
  changed.forEach((id) => {
    list.find(id)?.update();
    bidding.follow(lots.find(id));
    notices.follow(lots.find(id));
  });
  changed.clear();
  header.update();
  tabs.countMine(lots.mineCount);
}

async function bidFromNotice(lot, price) {
  list.find(lot.id)?.controls.focus();
  await bidding.bid(lot, { price });
  const { text, tone } = bidding.noteOf(lot);
  if (text) showToast({ key: `bid-${lot.id}`, text, tone });
}
