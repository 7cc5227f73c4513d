/** The reader's own news as toasts: outbid, won, lost. */
import { lotAddress } from './addresses.js';
import { alertOf, dropAlert } from './alerts.js';
import { getLot } from './api.js';
import { shortDateTime, yuan } from './format.js';
import { t } from './i18n.js';
import { user } from './session.js';
import { stepAt } from './steps.js';
import { addTabNews, dropTabNews } from './ui/tab.js';
import { changeToast, hideToast, showToast } from './ui/toasts.js';

const MISSED_SHOWN = 2;
const SEEN_KEY = 'auction.notices.seen';
const SEEN_KEPT = 50;
const TONES = { outbid: 'bad', won: 'won', lost: 'quiet', voided: 'bad', withdrawn: 'quiet' };
const SALE_TONES = { // of what comes after the sale
  settlement: { due: 'won', paid: 'won', shipped: 'won', given_up: 'bad' },
  second_offer: { open: 'won', expired: 'quiet', withdrawn: 'quiet' },
};

/** Turns events of the channel `me` into notices. */
export class Notices {
  /**
   * @param {{lots?: import('./lots.js').Lots, bidding?: import('./ui/bidding.js').Bidding, bid?: (lot: object, price: number) => void,
   *   onSale?: (event: object) => void}} [options] on pages with lots; `onSale` hears of everything, also of what is shown already
   */
  constructor({ lots, bidding, bid, onSale } = {}) {
    this._onSale = onSale;
    this._lots = lots;
    this._bidding = bidding;
    this._bid = bid;
    this._numbers = new Map(); // goods id → promise of its serial number
    this._outbidAt = new Map(); // goods id → price of the notice shown
  }

  async take(event) {
    this._onSale?.(event);
    if (event.type in SALE_TONES) {
      if (isFirst(event)) showSaleNews(event);
      return;
    }
    if (!(event.type in TONES) || !isFirst(event)) return;
    const lot = this._lots?.find(event.goods_id) ?? null;
    if (event.type === 'outbid') {
      if (lot && leadsAbove(lot, event.price)) return; // the reader has bid again meanwhile
      this._outbidAt.set(event.goods_id, event.price);
    } else {
      this._outbidAt.delete(event.goods_id);
    }
    const isForWhoIsAway = event.type === 'outbid' || event.type === 'won';
    if (isForWhoIsAway) addTabNews(keyOf(event), event.type);
    else dropNews(keyOf(event));
    const sn = lot?.sn ?? event.sn ?? (await this._numberOf(event.goods_id));
    const text = t(`notice.${event.is_leading ? 'voided_leading' : event.type}`, { sn, price: yuan(event.price), reason: event.reason });
    if (isForWhoIsAway) alertOf({ id: event.id, key: keyOf(event), kind: event.type, text, goodsId: event.goods_id, groupId: event.group_id });
    showToast({
      key: keyOf(event),
      text,
      tone: TONES[event.type],
      isUrgent: event.type === 'outbid',
      actions: [...(event.type === 'outbid' && lot ? [this._again(lot)] : []), ...this._view(event)],
    });
    if (lot) this.follow(lot);
  }

  /** After an absence only the newest are shown one by one. */
  takeMissed(events) {
    const last = [...new Map(events.map((event) => [keyOf(event), event])).values()];
    last.slice(-MISSED_SHOWN).forEach((event) => this.take(event));
    const more = last.slice(0, -MISSED_SHOWN).filter(({ type }) => type === 'outbid').length;
    if (more > 0) showToast({ key: 'missed', text: t('notice.more', { count: more }), actions: [{ text: t('nav.my'), href: '/my' }] });
  }

  /** To be called after every change of a lot: its notice tells the price of now, and goes when the reader leads again. */
  follow(lot) {
    if (!this._outbidAt.has(lot.id)) return;
    const key = keyOf({ goods_id: lot.id });
    if (leadsAbove(lot, this._outbidAt.get(lot.id))) {
      this._outbidAt.delete(lot.id);
      hideToast(key);
      dropNews(key);
      return;
    }
    const price = yuan(Math.max(lot.price, this._outbidAt.get(lot.id)));
    if (!this._lots.isOpen(lot)) dropNews(key);
    changeToast(key, { text: t(this._lots.isOpen(lot) ? 'notice.outbid' : 'notice.over', { sn: lot.sn, price }), actions: [this._again(lot)] });
  }

  /** The serial number of a lot that is not on this page, asked for once. */
  _numberOf(id) {
    if (!this._numbers.has(id)) this._numbers.set(id, getLot(id).then(({ goods }) => goods.sn).catch(() => `#${id}`));
    return this._numbers.get(id);
  }

  /** The notice may be ahead of the price. */
  _again(lot) {
    const beaten = this._outbidAt.get(lot.id);
    const price = Math.max(this._lots.minimumOf(lot), beaten + stepAt(beaten, lot));
    return {
      text: this._bidding.hold || t('bid.again', { price: yuan(price) }),
      run: () => this._bid(lot, price),
      isHeld: Boolean(this._bidding.hold),
      isGone: !this._lots.isOpen(lot) || price > lot.top_price,
    };
  }

  _view({ goods_id: id, group_id: groupId }) {
    const isHere = window.location.pathname === `/goods/${id}`;
    return isHere ? [] : [{ text: t('notice.view'), href: lotAddress(id, groupId) }];
  }
}

/** What was told in the tab and beside it is over. */
function dropNews(key) {
  dropTabNews(key);
  dropAlert(key);
}

/** The notice may arrive before the price it tells of: leading at a lower price is old news. */
function leadsAbove(lot, price) {
  return lot.user_id !== null && lot.user_id === user()?.id && lot.price >= price;
}

/** After a reconnect or on the next page the server may tell a notice again; its id tells. */
function isFirst({ id }) {
  const seen = JSON.parse(sessionStorage.getItem(SEEN_KEY) ?? '[]');
  if (seen.includes(id)) return false;
  sessionStorage.setItem(SEEN_KEY, JSON.stringify([...seen, id].slice(-SEEN_KEPT)));
  return true;
}

/** What the reader did themselves needs no word. */
function showSaleNews(event) {
  const tone = SALE_TONES[event.type][event.step];
  if (!tone) return;
  const isHere = window.location.pathname === '/my';
  const time = event.until ? shortDateTime(event.until) : '';
  const text = t(`notice.${event.type}.${event.step}`, { price: yuan(event.price), time });
  showToast({ key: keyOf(event), text, tone, actions: isHere ? [] : [{ text: t('notice.view'), href: '/my' }] });
}

const keyOf = ({ type, goods_id: id, thing_id: thingId }) => (thingId === undefined ? `lot-${id}` : `${type}-${thingId}`);
