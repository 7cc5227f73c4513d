/** The current group: all its lots, live. */
import { areCurrentGoodsGiven, getGroup, listGoods, listOpenGroups } from './api.js';
import { Endings } from './endings.js';
import { t } from './i18n.js';
import { Lots } from './lots.js';
import { Notices } from './notices.js';
import { openLive } from './page_live.js';
import { onUserChange, user } from './session.js';
import { Trust } from './trust.js';
import { Bidding } from './ui/bidding.js';
import { CategoryTabs } from './ui/category_tabs.js';
import { ConnectionLight } from './ui/connection_light.js';
import { el } from './ui/elements.js';
import { GroupHeader } from './ui/group_header.js';
import { issueLinks } from './ui/issues.js';
import { LotCard } from './ui/lot_card.js';
import { emptyPlace, failurePlace, linkButton, skeleton } from './ui/placeholders.js';
import { dressPage, nameTab, showContent } from './ui/shell.js';
import { startTicking } from './ui/ticker.js';
import { showToast } from './ui/toasts.js';

const LOOK_AGAIN_AFTER = 60000; // ms; for the next group, when there is none or this one has ended
const ENDED = 2;

const wanted = Number(new URLSearchParams(window.location.search).get('group')) || null;
const main = dressPage(t('nav.current'));

let live = null;
const lots = new Lots(() => live?.now() ?? Date.now(), lotChanged);
const trust = new Trust();
const bidding = new Bidding({ lots, trust, onChange: lotChanged });
const notices = new Notices({ lots, bidding, bid: bidFromNotice });
const light = new ConnectionLight(trust);
new Endings(lots).start();
const header = new GroupHeader(lots, light);
const list = el('ul', { class: 'cards' });
const noneOfMine = el('p', { class: 'place__hint' }, t('group.no_mine'));
const tabs = new CategoryTabs(showChosen);
const cards = new Map();
const changed = new Set();

load();
onUserChange(() => {
  lots.leave();
  if (user() && lots.group) takeJoined();
});
trust.onChange(() => lots.all.forEach(lotChanged));
startTicking(() => {
  if (!lots.group) return;
  const now = lots.now();
  header.tick(now);
  cards.forEach((card) => card.tick(now));
});

async function load() {
  const isForAnyone = areCurrentGoodsGiven();
  try {
    const [group, { goods, joined }] = await findGroup();
    if (group.status === ENDED) {
      window.location.replace(`/history/${group.id}`);
      return;
    }
    lots.setGroup(group);
    lots.fill(goods.filter((item) => item.group_id === group.id));
    lots.join(joined);
    showGroup(group);
    if (isForAnyone && user()) takeJoined();
  } catch (error) {
    if (error.status === 404) showEmpty();
    else showContent(main, failurePlace(error, () => { showContent(main, skeleton(6)); load(); }));
  }
}

/** The group that the address names, else the current one, with its lots. */
async function findGroup() {
  const current = await getGroup().catch((error) => {
    if (wanted) return null;
    throw error;
  });
  if (!wanted || current?.id === wanted) return [current, await listGoods()];
  return Promise.all([getGroup(wanted), listGoods(wanted)]);
}

function showGroup(group) {
  nameTab(t('group.issue', { issue: group.issue }));
  lots.all.forEach((lot) => cards.set(lot.id, new LotCard({ lot, lots, bidding })));
  list.replaceChildren(...[...cards.values()].map((card) => card.element));
  tabs.setCategories(group.category.map(({ category }) => category), lots.all);
  header.update();
  showContent(main, header.element, tabs.element, noneOfMine, list);
  showOtherGroups(group);
  showChosen();
  openLive({
    channels: [`group:${group.id}`],
    notices,
    onState: (_, { state, announcement }) => {
      lots.announce(announcement);
      state.forEach((lot) => lots.takeState(lot));
    },
    onEvent: (event) => lots.takeEvent(event),
    trust,
  }).then((opened) => { live = opened; });
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
  try {
    lots.join((await listGoods(lots.group.id)).joined);
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
    const card = cards.get(id);
    if (!card) return;
    card.update();
    bidding.follow(card.lot);
    notices.follow(card.lot);
  });
  changed.clear();
  header.update();
  tabs.count(lots.all);
  if (tabs.isMine) showChosen();
}

function showChosen() {
  cards.forEach((card) => { card.element.hidden = !tabs.has(card.lot); });
  noneOfMine.hidden = !tabs.isMine || lots.all.some((lot) => lot.mine);
}

async function bidFromNotice(lot, price) {
  cards.get(lot.id).controls.focus();
  await bidding.bid(lot, { price });
  const { text, tone } = bidding.noteOf(lot);
  if (text) showToast({ key: `bid-${lot.id}`, text, tone });
}
