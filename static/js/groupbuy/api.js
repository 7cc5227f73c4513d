/** The group-buy API: one path, its calls named by `met`. */
import { language, t } from '../i18n.js';

const PATH = '/index.php';
const SUCCESS = 200;
const ANSWER_LIMIT = 15000; // ms

let ahead = 0; // ms: how far the server's clock is before this one

/** A refusal in the server's words, or no answer at all. */
export class CallError extends Error {
  constructor(message, { isRefusal }) {
    super(message);
    this.name = 'CallError';
    this.isRefusal = isRefusal;
  }
}

/** The server's time in ms, to the second. */
export const now = () => Date.now() + ahead;

/** Offers of one kind with what they can be filtered by. */
export const listOffers = (kind, query) => call(kind === 'virtual' ? 'vrGroupBuyList' : 'groupBuyList', query);

/** One offer with its shop and what else sells well. */
export const getOffer = (id) => call('detail', { id });

async function call(met, query) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), ANSWER_LIMIT);
  try {
    const response = await fetch(`${PATH}?${new URLSearchParams({ ctl: 'GroupBuy', met, typ: 'json', ...query })}`, {
      signal: abort.signal,
      headers: { Accept: 'application/json', 'Accept-Language': language === 'zh' ? 'zh-CN' : 'en' },
    });
    const { status, msg, data } = await response.json().catch((error) => {
      if (error instanceof SyntaxError) throw new CallError(t('failure.server'), { isRefusal: false }); // a proxy's page
      throw error;
    });
    takeTime(response.headers.get('Date'));
    if (status === SUCCESS) return data;
    throw new CallError(msg, { isRefusal: true });
  } catch (error) {
    if (error instanceof CallError) throw error;
    throw new CallError(t('failure.network'), { isRefusal: false });
  } finally {
    clearTimeout(timer);
  }
}

function takeTime(date) {
  const server = Date.parse(date ?? '');
  // The header has whole seconds: a difference below is none.
  if (!Number.isNaN(server)) ahead = Math.abs(server - Date.now()) < 1500 ? 0 : server - Date.now();
}
