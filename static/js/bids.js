/** Placing a bid so that it counts once, whatever the network does. */
import { ApiError, getLot, postBid } from './api.js';
import { t } from './i18n.js';
import { Backoff } from './live/backoff.js';
import { makeRequestId } from './live/request_id.js';
import { pause } from './live/retries.js';

const UNCERTAIN_AFTER = 8000; // ms without an answer: the reader is told, and the question is asked again
const ASKED_FOR = 120000; // older, a wish is not sent again: it may be the reader's no longer
const TOO_MANY = 429;
const UNHEARD = [401, 403]; // signed out meanwhile, or suspended

/**
 * The caller's participation after the bid. Rejects with ApiError in the server's words, and only when the bid does not stand.
 * @param {{goods_id: number, group_id: number, price: number, max_price?: number}} bid in fen
 * @param {() => void} onUncertain once, when the answer is late
 */
export function placeBid(bid, onUncertain) {
  const key = makeRequestId();
  return settle({ ask: () => postBid(bid, key), read: () => readBid(bid), onUncertain });
}

/**
 * The answer to a wish that counts once: asked until there is one, at last read from what has become of it.
 * @template T
 * @param {{ask: () => Promise<T>, read: () => Promise<T>, onUncertain: () => void}} wish
 * @returns {Promise<T>}
 */
export async function settle({ ask, read, onUncertain }) {
  const timer = setTimeout(onUncertain, UNCERTAIN_AFTER);
  try {
    return (await askUntilAnswered(ask)) ?? (await readUntilRead(read));
  } finally {
    clearTimeout(timer);
  }
}

/** Null once the wish is too old and none of the questions is on its way any more. */
async function askUntilAnswered(ask) {
  const backoff = new Backoff({ first: 400, most: 4000 });
  const stopAt = performance.now() + ASKED_FOR;
  const open = new Set(); // a late answer to an earlier question counts as well
  let mayStand = false;
  while (performance.now() < stopAt) {
    const question = answerOf(ask(), () => mayStand).finally(() => open.delete(question));
    open.add(question);
    const outcome = await Promise.race([...open, pause(UNCERTAIN_AFTER)]);
    if (outcome) return outcome.answer;
    mayStand = true;
    if (open.size === 0) await pause(backoff.next());
  }
  const late = await Promise.all(open);
  return late.find(Boolean)?.answer ?? null;
}

/** `{answer}`, or null where there is none. A refusal to listen says nothing of an earlier question that may have been heard. */
async function answerOf(asking, mayStand) {
  try {
    return { answer: await asking };
  } catch (error) {
    if (error.isUnanswered || (mayStand() && error.status === TOO_MANY)) return null;
    if (mayStand() && UNHEARD.includes(error.status)) throw new ApiError({ ...error, message: t('bid.unknown') });
    throw error;
  }
}

async function readUntilRead(read) {
  const backoff = new Backoff();
  for (;;) {
    const found = await answerOf(read(), () => true);
    if (found) return found.answer;
    await pause(backoff.next());
  }
}

async function readBid({ goods_id: id, price }) {
  const { participation } = await getLot(id);
  if (participation?.price >= price) return participation;
  throw new ApiError({ status: 0, error: 'not_arrived', message: t('bid.not_arrived') });
}
