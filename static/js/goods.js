/** One lot: its price live, its last bids, and everything to bid with. */
import { getLot } from './api.js';
import { Endings } from './endings.js';
import { shortDateTime, yuan } from './format.js';
import { t } from './i18n.js';
import { lastAsked } from './last_asked.js';
import { findLot } from './lot_source.js';
import { questionInAddress } from './lot_question.js';
import { Lots } from './lots.js';
import { Notices } from './notices.js';
import { openLive } from './page_live.js';
import { onUserChange, user } from './session.js';
import { Trust } from './trust.js';
import { AdmissionNote } from './ui/admission_note.js';
import { BidList } from './ui/bid_list.js';
import { Bidding } from './ui/bidding.js';
import { ConnectionLight } from './ui/connection_light.js';
import { el, setText } from './ui/elements.js';
import { LotBar } from './ui/lot_bar.js';
import { LotPanel } from './ui/lot_panel.js';
import { LotPictures } from './ui/lot_pictures.js';
import { LotWay } from './ui/lot_way.js';
import { describe } from './ui/lot_words.js';
import { emptyPlace, failurePlace, linkButton, skeleton } from './ui/placeholders.js';
import { PriceChart } from './ui/price_chart.js';
import { dressPage, nameTab, showContent } from './ui/shell.js';
import { startTicking } from './ui/ticker.js';
import { WatchButton } from './ui/watch_button.js';
import { Watchlist } from './watchlist.js';

const id = Number(window.location.pathname.split('/').pop());
const groupId = Number(new URLSearchParams(window.location.search).get('group')) || null;
const channel = `goods:${id}`;
const main = dressPage(t('lot.number', { sn: '' }));

let live = null;
let panel = null;
let bar = null;
let watch = null;
let isDrawing = false;
const lots = new Lots(() => live?.now() ?? Date.now(), draw);
const trust = new Trust();
const light = new ConnectionLight(trust);
const bidding = new Bidding({ lots, trust, onChange: draw });
const admission = new AdmissionNote({ tellsLeads: true });
const chart = new PriceChart(id);
const bidList = new BidList({ goodsId: id, now: () => lots.now() });
const endsAt = el('dd', {});
const watchlist = new Watchlist(() => watch?.update());
const endings = new Endings({ lots });
const askingMine = lastAsked();
const notices = new Notices({ lots, bidding, bid: (_, price) => panel.bid({ price }) });

load();
onUserChange(() => {
  lots.leave();
  takeMine();
});
document.addEventListener('visibilitychange', () => { if (!document.hidden) takeMine(); }); // the maximum may be another by another device
trust.onChange(draw);
startTicking(() => {
  panel?.tick(lots.now());
  bar?.tick(lots.now());
});

async function load() {
  try {
    const { goods, group, mine } = await findLot(id, groupId);
    lots.setGroup(group);
    lots.fill([goods]);
    if (mine) lots.join([mine]);
    showLot(lots.find(id));
  } catch (error) {
    if ([404, 422].includes(error.status)) {
      showContent(main, emptyPlace({ text: t('lot.missing'), action: linkButton(t('lot.back'), '/') }));
    } else {
      showContent(main, failurePlace(error, () => { showContent(main, skeleton(2)); load(); }));
    }
  }
}

function showLot(lot) {
  nameTab(lot.sn);
  panel = new LotPanel({ lot, lots, bidding, admission });
  admission.look(lots.group);
  bar = new LotBar({ lot, lots, bidding, panel });
  watch = new WatchButton({ lot, watchlist });
  const way = new LotWay({ lot, group: lots.group, question: questionInAddress() });
  way.look();
  showContent(main,
    el('div', { class: 'lot' },
      el('div', { class: 'lot__head' },
        el('div', { class: 'way' }, ...way.elements, light.element),
        el('div', { class: 'lot__names' }, el('h1', { class: 'lot__title sn' }, lot.sn), watch.element),
        el('p', { class: 'lot__kind' }, describe(lot))),
      new LotPictures(lot).element,
      panel.element,
      el('div', { class: 'lot__main' },
        section('lot.chart', 'chart-title', chart.element),
        section('lot.history', 'bids-title', bidList.element, bidList.note),
        facts(lot))),
    bar.element);
  openLive({
    channels: [channel],
    notices,
    endings,
    onState: (_, snapshot) => takeSnapshot(snapshot),
    onEvent: takeEvent,
    trust,
  }).then((opened) => { live = opened; });
}

function takeSnapshot({ state, bids, watchers }) {
  if (bids && state.length > 0) bidList.replace(bids); // nothing changed: the server sends none
  if (watchers !== undefined) panel.showWatchers(watchers);
  state.forEach((lot) => lots.takeState(lot));
}

function takeEvent(event) {
  if (event.type === 'watchers') panel.showWatchers(event.watchers);
  const before = lots.find(id).user_id;
  if (event.type === 'price') takeBid(event);
  lots.takeEvent(event);
  const hasOther = lots.find(id).user_id !== before;
  if (user() && (event.user_id === user().id || (hasOther && before === user().id))) admission.look(lots.group); // of the limit more or less is used
}

function takeBid(event) {
  const isExtended = event.extended_by === 'late_bid' && event.end_at > lots.find(id).end_at;
  if (!bidList.add(event, { isExtended })) fillGap();
}

/** A slow connection is told only the newest price: the bids between are fetched. */
async function fillGap() {
  const { bids } = await getLot(id).catch(() => ({ bids: null })); // the next bid tries again
  if (bids && bids[0]?.seq >= bidList.newestSeq) bidList.replace(bids);
  draw();
}

async function takeMine() {
  const isLast = askingMine();
  admission.look(lots.group);
  if (!user() || !panel) return;
  const { mine } = await findLot(id, groupId).catch(() => ({ mine: null })); // told again by the next own bid
  if (mine && isLast()) lots.join([mine]);
}

function draw() {
  if (isDrawing || !panel) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    const lot = lots.find(id);
    panel.update();
    bar.update();
    bidding.follow(lot);
    notices.follow(lot);
    const boughtOutAt = lot.status === 'won' && lot.price === lot.top_price ? bidList.bids[0]?.at : null;
    chart.show(bidList.bids, Math.min(lots.now(), boughtOutAt ?? lot.end_at));
    proof.hidden = !OVER.includes(lot.status);
    setText(endsAt, boughtOutAt ? t('lot.bought_out_at', { time: shortDateTime(boughtOutAt) }) : shortDateTime(lot.end_at));
  });
}

const OVER = ['won', 'unsold', 'withdrawn']; // its record is published
const proof = el('div', { class: 'facts__row', hidden: true },
  el('dt', {}, t('lot.record')), el('dd', {}, el('a', { href: `/verify?lot=${id}` }, t('lot.verify'))));

/** What each bid must add, row by row where that depends on the price. */
function stepsOf({ step, steps }) {
  if (steps.length < 2) return el('dd', {}, yuan(steps[0]?.step ?? step));
  return el('dd', {}, ...steps.map((row) => el('div', {}, t('lot.step_from', { price: yuan(row.from_price), step: yuan(row.step) }))));
}

function facts(lot) {
  const rows = [
    ['lot.group', el('dd', {}, t('group.issue', { issue: lots.group.issue }))],
    ['lot.category', el('dd', {}, lot.category)],
    ['lot.score', el('dd', {}, (lot.score ?? '').trim())],
    ['lot.sn_no', el('dd', {}, lot.sn_no)],
    ['lot.low_price', el('dd', {}, yuan(lot.low_price))],
    ['lot.top_price', el('dd', {}, yuan(lot.top_price))],
    ['lot.step', stepsOf(lot)],
    ['lot.ends_at', endsAt],
  ];
  const drawn = rows.map(([key, value]) => el('div', { class: 'facts__row' }, el('dt', {}, t(key)), value));
  return el('dl', { class: 'panel facts' }, ...drawn, proof);
}

function section(key, titleId, content, note) {
  return el('section', { class: 'panel', 'aria-labelledby': titleId },
    el('h2', { class: 'panel__title', id: titleId }, t(key), note && el('small', { class: 'panel__note' }, note)),
    content);
}
