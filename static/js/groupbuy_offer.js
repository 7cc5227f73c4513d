/** One group-buy offer: its price, its time, its shop. */
import { timeSpan, parseServerTime } from './format.js';
import { getOffer } from './groupbuy/api.js';
import { findMallGoods, showMallGoods } from './groupbuy/mall_goods.js';
import { OfferCard } from './groupbuy/offer_card.js';
import { countdown, isReduced, money, phaseOf, picture, rateTag } from './groupbuy/offer_words.js';
import { richText } from './groupbuy/rich_text.js';
import { addressOf } from './groupbuy/search.js';
import { say } from './groupbuy/texts.js';
import { Notices } from './notices.js';
import { openLiveForReader } from './page_live.js';
import { el, setText } from './ui/elements.js';
import { emptyPlace, failurePlace, linkButton } from './ui/placeholders.js';
import { dressPage, nameTab, showContact, showContent } from './ui/shell.js';
import { startTicking } from './ui/ticker.js';

const HOT = 4; // of the API's five, one may be this offer
const STANDINGS = { running: 'open', coming: 'not_started', over: 'ended', closed: 'ended' };

const id = Number(window.location.pathname.split('/').pop());
const main = dressPage(say('title'));
let parts = [];

load();
startTicking(() => parts.forEach((part) => part.tick()));
openLiveForReader({ notices: new Notices() });

async function load() {
  try {
    show(await getOffer(id));
  } catch (error) {
    showContent(main, error.isRefusal
      ? emptyPlace({ text: say('missing'), action: linkButton(say('back'), '/groupbuy') })
      : failurePlace(error, load));
  }
}

function show({ groupbuy_detail: offer, cat: categories, hot_groupbuy: hot, area, shop }) {
  nameTab(offer.groupbuy_name);
  const clock = new Clock(offer);
  const cards = hot.items.filter((other) => other.id !== offer.id).slice(0, HOT).map((other) => new OfferCard(other, 'h3'));
  parts = [clock, ...cards];
  showContent(main,
    way(offer, Object.values(categories)),
    el('article', { class: 'deal' },
      el('div', { class: 'deal__picture' }, picture(offer, { isLazy: false })),
      el('div', { class: 'deal__side' }, head(offer, clock), facts(offer, area.items), promises(shop)),
      offer.groupbuy_intro && section('intro', el('div', { class: 'panel deal__intro' }, ...richText(offer.groupbuy_intro)))),
    cards.length > 0 ? section('hot', el('ul', { class: 'offers offers--hot' }, ...cards.map((card) => card.element))) : '');
}

/** The way down to the offer, each step a list. */
function way(offer, categories) {
  const kind = offer.groupbuy_type === 2 ? 'virtual' : 'physical';
  const [top, below] = categories;
  const steps = [
    [say('title'), '/groupbuy'],
    [say(kind), addressOf({ kind })],
    top && [top.name, addressOf({ kind, cat_id: top.id })],
    below && [below.name, addressOf({ kind, cat_id: top.id, scat_id: below.id })],
  ];
  return el('nav', { class: 'way', 'aria-label': say('path') },
    el('ol', { class: 'way__steps' }, ...steps.filter(Boolean).map(([text, href]) => el('li', {}, el('a', { href }, text)))));
}

function head(offer, clock) {
  return el('section', { class: 'panel deal__head' },
    el('div', {},
      el('h1', { class: 'deal__name' }, offer.groupbuy_name),
      offer.groupbuy_remark && el('p', { class: 'deal__remark' }, offer.groupbuy_remark)),
    el('div', { class: 'deal__figures' },
      el('p', { class: 'figure' },
        el('span', { class: 'label' }, say('group_price')),
        el('span', { class: 'price' }, money(offer.groupbuy_price))),
      isReduced(offer) && el('p', { class: 'figure' },
        el('span', { class: 'label' }, say('original')),
        el('del', { class: 'offer__original' }, money(offer.goods_price)))),
    isReduced(offer) && el('p', { class: 'deal__savings' },
      rateTag(offer),
      el('span', {}, say('reduce', { price: money(offer.reduce) }))),
    clock.element,
    el('div', { class: 'deal__ways' }, clock.mall, clock.contact),
    el('p', { class: 'deal__counts' },
      el('span', {}, say('sold', { count: offer.groupbuy_buy_quantity })),
      el('span', {}, say('views', { count: offer.groupbuy_views }))));
}

/** Where the offer stands, for how long, and what the shop may be asked for meanwhile. */
class Clock {
  constructor(offer) {
    this._offer = offer;
    this._pill = el('span', { class: 'pill' });
    this._time = el('span', { class: 'countdown', role: 'timer' });
    this.element = el('p', { class: 'deal__clock' }, this._pill, this._time);
    this.contact = el('button', { class: 'button', type: 'button', onclick: showContact });
    this.mall = el('button', { class: 'button button--primary', type: 'button', hidden: true, onclick: () => showMallGoods(this._goods) }, say('mall'));
    this._goods = null; // of the mall
    this.tick();
    this._findGoods();
  }

  tick() {
    const phase = phaseOf(this._offer);
    const { text, isUrgent } = countdown(this._offer);
    this._pill.dataset.standing = STANDINGS[phase];
    setText(this._pill, say({ running: 'state_2', coming: 'coming', over: 'state_3', closed: `state_${this._offer.groupbuy_state}` }[phase]));
    this._time.hidden = phase === 'over' || phase === 'closed';
    setText(this._time, text);
    setText(this.contact, say(phase === 'running' ? 'contact' : 'ask'));
    this.mall.hidden = phase !== 'running' || !this._goods;
    this.contact.classList.toggle('button--primary', this.mall.hidden);
    this._time.classList.toggle('is-urgent', isUrgent);
  }

  /** An offer may name goods by a number that the mall does not have. */
  async _findGoods() {
    const id = Number(this._offer.goods_id);
    if (id <= 0) return;
    this._goods = await findMallGoods(id);
    this.tick();
  }
}

function facts(offer, cities) {
  const limit = offer.groupbuy_upper_limit;
  const city = cities.find((one) => one.id === offer.groupbuy_city_id);
  const span = timeSpan(parseServerTime(offer.groupbuy_starttime), parseServerTime(offer.groupbuy_endtime));
  const rows = [
    ['goods', offer.goods_name],
    ['shop', offer.shop_name],
    city && ['place', city.groupbuy_area_name],
    ['time', span],
    ['limit_label', limit > 0 ? say('limit', { count: limit }) : say('no_limit')],
  ];
  return el('dl', { class: 'panel deal__facts' }, ...rows.filter(Boolean).flatMap(([key, value]) => [el('dt', {}, say(key)), el('dd', {}, value)]));
}

function promises({ constract: contracts }) {
  const names = Object.values(contracts).map((contract) => contract.contract_type_name);
  if (names.length === 0) return null;
  return el('section', { class: 'deal__promises', 'aria-label': say('promises') },
    el('ul', { class: 'promises' }, ...names.map((name) => el('li', { class: 'promises__one' }, name))));
}

function section(key, content) {
  return el('section', { class: 'section deal__section', 'aria-labelledby': `${key}-title` },
    el('h2', { class: 'section__title', id: `${key}-title` }, say(key)),
    content);
}
