/** The auction's REST API: one function per route the pages use. */
import { takeGiven } from './given.js';
import { language, t } from './i18n.js';
import { keepReceipt } from './receipts.js';
import { keepToken, keepUser, renewToken, signOut, token } from './session.js';

const PAGE = 100; // the most the server gives at once
const ANSWER_LIMIT = 15000; // ms
const SUCCESS = [1, 20001]; // of the bidding document and of the accounts document

/** A refusal in the server's own words; `error` is its machine id, `network` without any answer, `broken` with one that is not the server's. */
export class ApiError extends Error {
  constructor({ status, error, message, data, receipt }) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.error = error;
    this.data = data || {};
    this.receipt = receipt ?? null; // of a bid that was refused
  }

  /** Nobody said what became of it: what was asked for may have happened. */
  get isUnanswered() {
    return ['network', 'broken'].includes(this.error) || this.status >= 500;
  }
}

const get = async (path, query) => takeGiven(addressOf(path, query)) ?? call('GET', path, { query });
const post = (path, body, headers) => call('POST', path, { body, headers });

// ---- auctions

/** The group with this id, or the current one. */
export const getGroup = (id) => get(id ? `/group/category/${id}` : '/group/category');

/** Whether the caller may bid there, and what of its limit is used. */
export const getAdmission = (groupId) => get(`/group/admission/${groupId}`);

/** The groups in progress and those about to start. */
export const listOpenGroups = () => get('/group/open');

/** Every lot of the group, without an id of the current one, and what the caller takes part in. */
export async function listGoods(groupId = null) {
  const which = groupId ? { group_id: groupId } : {};
  const first = await get('/group', { page: 1, limit: PAGE, ...which });
  const goods = [...first.list];
  for (let page = 2; goods.length < first.total; page += 1) {
    const { list } = await get('/group', { page, limit: PAGE, ...which });
    if (list.length === 0) break; // lots were taken out meanwhile
    goods.push(...list);
  }
  return { goods, joined: first.joined };
}

/** What the caller takes part in in that group. */
export const listJoined = async (groupId) => (await get('/group', { page: 1, limit: 1, group_id: groupId })).joined;

/** A page of what is looked for in a group: `{list, total, lots, categories, fancies, cursor}`. */
export const searchLots = (groupId, query, page, limit) => get(`/group/catalogue/${groupId}`, { ...query, page, limit });

/** Where a lot stands among what is looked for: `{place, total, previous, next}`. */
export const findPlace = (groupId, goodsId, query) => get(`/group/catalogue/${groupId}/${goodsId}`, query);

export const listWatched = (page, limit) => get('/group/watched', { page, limit });
export const watchLot = (id) => call('PUT', `/group/watched/${id}`);
export const stopWatching = (id) => call('DELETE', `/group/watched/${id}`);

/** A page of a lot's whole record, newest first: `{list, total}`; and its price over time: `{at, price}`. */
export const listBids = (id, page, limit) => get(`/group/bids/${id}`, { page, limit });
export const getPriceLine = (id) => get(`/group/bids/${id}/line`);

/** Where the record is downloaded from. */
export const bidSheetAddress = (id) => addressOf(`/group/bids/${id}/sheet`, { language });

export const getLot = (id) => get(`/live/goods/${id}`);
export const listMine = (page, limit) => get('/group/my', { page, limit });
export const listHistory = (page, limit) => get('/group/history', { page, limit });
export const getHistory = (id) => get(`/group/history/${id}`);
export const getContact = () => get('/wechat');

/** One try to bid; `key` makes a repeated try the same bid. The receipt of its answer is kept. */
export async function postBid(bid, key) {
  try {
    const placed = await post('/group', bid, { 'Idempotency-Key': key });
    keepReceipt(placed.receipt);
    return placed;
  } catch (error) {
    keepReceipt(error.receipt);
    throw error;
  }
}

/** The leader's maximum, the same way; both give `{max_price}`. */
export const putMaximum = (maximum, key) => call('PUT', '/group/maximum', { body: maximum, headers: { 'Idempotency-Key': key } });
export const deleteMaximum = (which, key) => call('DELETE', '/group/maximum', { body: which, headers: { 'Idempotency-Key': key } });

// ---- accounts

/** Signs in by nickname, as the sandbox allows, and keeps the token. */
export async function signIn(nickname) {
  const login = await post('/auth/login', { code: nickname, iv: '', encryptedData: '' });
  const owner = await call('POST', '/auth/me', { bearer: login.access_token });
  keepToken(login, owner);
  return owner;
}

/** Asks whether the kept token still stands for somebody. */
export async function checkUser() {
  keepUser(await post('/auth/me'));
}

// ---- the one way out

/** Asks the server. `body` is sent as JSON, or as it is if it is a Blob. Rejects with ApiError. */
export async function call(method, path, { query, body, headers, bearer } = {}) {
  const used = bearer ?? token();
  try {
    return await exchange(method, path, { query, body, headers, bearer: used });
  } catch (error) {
    if (bearer || !used || error.status !== 401) throw error;
    const fresh = await renewInstead(used, error); // another tab may have renewed it, so that ours is refused
    if (!fresh) signOut('expired');
    if (!fresh && method !== 'GET') throw error;
    return exchange(method, path, { query, body, headers, bearer: fresh }); // what is public is read without a token
  }
}

function addressOf(path, query) {
  return `/api${path}${query ? `?${new URLSearchParams(query)}` : ''}`;
}

async function renewInstead(spent, error) {
  try {
    return await renewToken(spent);
  } catch {
    throw error; // the server could not be asked: still signed in, this call failed
  }
}

async function exchange(method, path, { query, body, headers, bearer }) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), ANSWER_LIMIT);
  try {
    const type = body instanceof Blob ? body.type : 'application/json';
    const response = await fetch(addressOf(path, query), {
      method,
      signal: abort.signal,
      body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
      headers: {
        Accept: 'application/json',
        'Accept-Language': language === 'zh' ? 'zh-CN' : 'en',
        ...(body === undefined ? {} : { 'Content-Type': type }),
        ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}),
        ...headers,
      },
    });
    const { status } = response;
    const reply = await response.json().catch((error) => {
      if (error instanceof SyntaxError) throw new ApiError({ status, error: 'broken', message: t('failure.server') }); // a proxy's page
      throw error;
    });
    if (SUCCESS.includes(reply.code)) return reply.data;
    throw new ApiError({ status, ...reply });
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError({ status: 0, error: 'network', message: t('failure.network') });
  } finally {
    clearTimeout(timer);
  }
}
