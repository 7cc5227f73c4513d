/** Placing a bid so that it counts once, whatever the network does. */
import { postBid } from './api.js';
import { makeRequestId } from './live/request_id.js';
import { withRetries } from './live/retries.js';

const TRIES = 3;
const REPEATABLE = new Set([0, 502, 503, 504]); // no answer: the bid may or may not have arrived

/**
 * The caller's participation after the bid. Rejects with ApiError in the server's words.
 * @param {{goods_id: number, group_id: number, price: number, max_price?: number}} bid in fen
 */
export function placeBid(bid) {
  const key = makeRequestId();
  return withRetries(() => postBid(bid, key), { tries: TRIES, mayRepeat: (error) => REPEATABLE.has(error.status) });
}
