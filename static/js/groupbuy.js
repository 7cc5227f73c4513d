/** The group-buy catalogue: offers of one kind, filtered and sorted. */
import { CallError, listOffers } from './groupbuy/api.js';
import { filters, orderChooser } from './groupbuy/filters.js';
import { OfferCard } from './groupbuy/offer_card.js';
import { ROWS, addressOf, choose, isFiltered, lastPage, searchInAddress, toQuery, unfiltered } from './groupbuy/search.js';
import { say } from './groupbuy/texts.js';
import { lastAsked } from './last_asked.js';
import { Notices } from './notices.js';
import { openLiveForReader } from './page_live.js';
import { el, setText } from './ui/elements.js';
import { pager } from './ui/pager.js';
import { emptyPlace, failurePlace } from './ui/placeholders.js';
import { dressPage, showContent } from './ui/shell.js';
import { startTicking } from './ui/ticker.js';

const main = dressPage(say('title'));
const count = el('p', { class: 'offers__count', role: 'status' });
const choices = el('div', {});
const order = el('div', { class: 'offers__order' });
const list = el('div', { class: 'offers__list' });
let search = searchInAddress();
let cards = [];
const asking = lastAsked();

showContent(main,
  el('h1', { class: 'page-title' }, say('title')),
  choices,
  el('div', { class: 'offers__head' }, count, order),
  list);
list.replaceChildren(placeholder());
load();
window.addEventListener('popstate', () => {
  search = searchInAddress();
  load();
});
startTicking(() => cards.forEach((card) => card.tick()));
openLiveForReader({ notices: new Notices() });

async function load() {
  const isLast = asking();
  list.setAttribute('aria-busy', 'true');
  setText(count, say('loading'));
  try {
    const found = await listOffers(search.kind, toQuery(search));
    if (isLast()) take(found);
  } catch (error) {
    if (isLast()) showFailure(error);
  }
  if (isLast()) list.removeAttribute('aria-busy');
}

/** An address may name a page that the list does not have, or no longer: it leads to the last one. */
function take(found) {
  const last = lastPage(found.groupbuy_goods.totalsize);
  if (search.page <= last) {
    show(found);
    return;
  }
  search = choose(search, 'page', last);
  window.history.replaceState(null, '', addressOf(search));
  load();
}

function show(found) {
  const { items, totalsize: total } = found.groupbuy_goods;
  const focused = focusedControl();
  choices.replaceChildren(filters({ search, found, go }));
  bringChosenIntoView();
  order.replaceChildren(orderChooser({ search, go }));
  if (focused) main.querySelector(focused)?.focus({ preventScroll: true });
  setText(count, say(total === 1 ? 'count_one' : 'count', { count: total }));
  cards = items.map((offer) => new OfferCard(offer));
  const content = cards.length > 0
    ? el('ul', { class: 'offers', 'aria-label': say('offers') }, ...cards.map((card) => card.element))
    : nothing();
  list.replaceChildren(content, pager({ page: search.page, limit: ROWS, total, go: turnTo }) ?? '');
}

/** On a phone a row of choices is longer than the screen. */
function bringChosenIntoView() {
  choices.querySelectorAll('.chip[aria-current]').forEach((chip) => {
    const row = chip.parentElement;
    row.scrollLeft = chip.offsetLeft - row.offsetLeft - (row.clientWidth - chip.offsetWidth) / 2;
  });
}

/** Filters and order are drawn anew: whoever chose by keyboard stays where they were. */
function focusedControl() {
  const { id, dataset } = document.activeElement ?? {};
  if (id === 'order') return '#order';
  return dataset?.filter ? `.chip[data-filter="${dataset.filter}"][aria-current]` : null;
}

function showFailure(error) {
  cards = [];
  setText(count, '');
  const isWrongSearch = error instanceof CallError && error.isRefusal && isFiltered(search);
  list.replaceChildren(isWrongSearch
    ? emptyPlace({ text: error.message, action: clearButton() })
    : failurePlace(error, load));
}

function placeholder() {
  const shapes = Array.from({ length: 8 }, () => el('div', { class: 'skeleton skeleton--card' }));
  return el('div', { class: 'offers', 'aria-hidden': 'true' }, ...shapes);
}

function nothing() {
  return emptyPlace({ text: say('empty'), hint: say('empty_hint'), action: isFiltered(search) && clearButton() });
}

function clearButton() {
  return el('button', { class: 'button button--primary', type: 'button', onclick: () => go(unfiltered(search)) }, say('clear'));
}

function go(next) {
  search = next;
  window.history.pushState(null, '', addressOf(search));
  load();
}

function turnTo(page) {
  window.scrollTo(0, 0);
  go(choose(search, 'page', page));
}
