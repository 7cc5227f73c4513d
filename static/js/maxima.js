/** The leader's maximum, changed without a bid; each wish counts once. */
import { ApiError, deleteMaximum, getLot, putMaximum } from './api.js';
import { settle } from './bids.js';
import { t } from './i18n.js';
import { makeRequestId } from './live/request_id.js';

/**
 * The maximum that holds afterwards, in fen; null where there is none. Rejects as `placeBid` does.
 * @param {{goods_id: number, group_id: number}} which
 * @param {number|null} maximum null cancels it
 * @param {() => void} onUncertain once, when the answer is late
 */
export async function changeMaximum(which, maximum, onUncertain) {
  const key = makeRequestId();
  const ask = () => (maximum === null ? deleteMaximum(which, key) : putMaximum({ ...which, max_price: maximum }, key));
  const { max_price: now } = await settle({ ask, read: () => readMaximum(which.goods_id, maximum), onUncertain });
  return now;
}

async function readMaximum(id, wanted) {
  const { participation } = await getLot(id);
  const now = participation?.max_price ?? null;
  // One that the price has reached is told as none.
  if (now === wanted || (now === null && wanted <= participation?.price)) return { max_price: wanted };
  throw new ApiError({ status: 0, error: 'not_arrived', message: t('maximum.not_arrived') });
}
