/** What happens between a press on a bid button and its outcome. */
import { placeBid } from '../bids.js';
import { shortYuan, yuan } from '../format.js';
import { t } from '../i18n.js';
import { user } from '../session.js';
import { ensureSignedIn } from './account.js';
import { confirmDialog } from './dialogs.js';

const UNUSUAL_JUMP = 10000; // fen; above the largest quick bid a typed amount may be a slip

/** Places bids on the lots of a page, one at a time per lot. */
export class Bidding {
  /** @param {import('../lots.js').Lots} lots */
  constructor(lots) {
    this._lots = lots;
    this._inFlight = new Set();
  }

  isBusy(lot) {
    return this._inFlight.has(lot.id);
  }

  /**
   * Asks what must be asked, bids, and takes the outcome into the lots.
   * @returns {Promise<{isDone: boolean, text: string}|null>} null when the reader changed their mind
   */
  async bid(lot, { price, max_price: maximum }) {
    if (this.isBusy(lot) || !(await ensureSignedIn()) || !(await this._isMeant(lot, price))) return null;
    this._inFlight.add(lot.id);
    try {
      const bid = { goods_id: lot.id, group_id: lot.group_id, price };
      const mine = await placeBid(maximum === undefined ? bid : { ...bid, max_price: maximum });
      this._lots.takeParticipation(mine, maximum);
      return { isDone: true, text: outcome(this._lots.find(lot.id), price, maximum) };
    } catch (error) {
      this._lots.takeRefusal(lot.id, error.data ?? {});
      return { isDone: false, text: error.isNetworkFailure ? t('bid.unreachable') : error.message };
    } finally {
      this._inFlight.delete(lot.id);
    }
  }

  async _isMeant(lot, price) {
    const names = { sn: lot.sn, price: yuan(price), current: yuan(lot.price) };
    if (price === lot.top_price) {
      return confirmDialog({ title: t('buyout.title'), text: t('buyout.text', names), yes: t('buyout.confirm'), no: t('bid.cancel') });
    }
    if (price - lot.price <= UNUSUAL_JUMP) return true;
    const yes = t('bid.confirm', { price: shortYuan(price) });
    return confirmDialog({ title: t('bid.confirm_title'), text: t('bid.confirm_jump', names), yes, no: t('bid.cancel') });
  }
}

function outcome(lot, price, maximum) {
  const isLeading = lot.user_id === user()?.id;
  if (!isLeading) return t('bid.done_outbid', { price: yuan(lot.price) });
  if (maximum !== undefined) return t('proxy.done', { price: yuan(maximum) });
  return t('bid.done', { price: yuan(price) });
}
