/** The reader's own news as toasts: outbid, won, lost. */
import { getLot } from './api.js';
import { yuan } from './format.js';
import { t } from './i18n.js';
import { user } from './session.js';
import { hideToast, showToast } from './ui/toasts.js';

const MISSED_SHOWN = 2;
const TONES = { outbid: 'bad', won: 'won', lost: 'quiet' };

/** Turns events of the channel `me` into notices. */
export class Notices {
  /** @param {{lots?: import('./lots.js').Lots, bid?: (lot: object, price: number) => void}} [options] on pages with lots */
  constructor({ lots, bid } = {}) {
    this._lots = lots;
    this._bid = bid;
    this._numbers = new Map();
  }

  async take(event) {
    if (!(event.type in TONES)) return;
    const lot = this._lots?.find(event.goods_id) ?? null;
    const isOver = event.type === 'outbid' && lot && lot.user_id === user()?.id;
    if (isOver) return; // the reader has bid again meanwhile
    const sn = lot?.sn ?? event.sn ?? (await this._numberOf(event.goods_id));
    showToast({
      key: keyOf(event),
      text: t(`notice.${event.type}`, { sn, price: yuan(event.price) }),
      tone: TONES[event.type],
      isUrgent: event.type === 'outbid',
      actions: [...this._again(event, lot), ...this._view(event)],
    });
  }

  /** After an absence only the newest are shown one by one. */
  takeMissed(events) {
    const last = [...new Map(events.map((event) => [event.goods_id, event])).values()];
    last.slice(-MISSED_SHOWN).forEach((event) => this.take(event));
    const more = last.slice(0, -MISSED_SHOWN).filter(({ type }) => type === 'outbid').length;
    if (more > 0) showToast({ key: 'missed', text: t('notice.more', { count: more }), actions: [{ text: t('nav.my'), href: '/my' }] });
  }

  /** Takes back the notice of a lot on which the reader leads again. */
  settle(lot) {
    if (lot.user_id !== null && lot.user_id === user()?.id) hideToast(keyOf({ goods_id: lot.id }));
  }

  /** The serial number of a lot that is not on this page, asked for once. */
  _numberOf(id) {
    if (!this._numbers.has(id)) this._numbers.set(id, getLot(id).then(({ goods }) => goods.sn).catch(() => `#${id}`));
    return this._numbers.get(id);
  }

  _again(event, lot) {
    if (event.type !== 'outbid' || !lot || !this._bid || !this._lots.isOpen(lot)) return [];
    const price = Math.max(this._lots.minimumOf(lot), event.price + lot.step);
    if (price > lot.top_price) return [];
    return [{ text: t('bid.again', { price: yuan(price) }), run: () => this._bid(lot, price) }];
  }

  _view({ goods_id: id }) {
    const href = `/goods/${id}`;
    return window.location.pathname === href ? [] : [{ text: t('notice.view'), href }];
  }
}

const keyOf = ({ goods_id: id }) => `lot-${id}`;
