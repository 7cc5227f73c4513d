/** Where the page gets what it checks: the server, a file, and what this browser remembers. */
import { call } from '../api.js';
import { say } from './texts.js';

const KEYS = 'auction.receipt_keys';

/** A lot's whole record, however many answers it takes. Rejects with ApiError. */
export async function fetchRecord(goodsId) {
  const record = await call('GET', `/proof/lots/${goodsId}`);
  const entries = [...record.entries];
  for (let { next } = record; next;) {
    const part = await call('GET', `/proof/lots/${goodsId}`, { query: { after: next } });
    entries.push(...part.entries);
    ({ next } = part);
  }
  return { ...record, entries };
}

/** The heads of the group that has ended; null while it has not. */
export async function fetchGroup(groupId) {
  try {
    return await call('GET', `/proof/groups/${groupId}`);
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

/**
 * The published keys, held against those that this browser has seen before.
 * @returns {Promise<{keys: object[], note: string, problems: {about: string, problem: string}[]}>}
 */
export async function fetchKeys() {
  const { keys } = await call('GET', '/keys');
  const seen = readSeen();
  const problems = [];
  const note = (id, key) => problems.push({ about: say('about_key', { id }), problem: say(key, { id }) });
  Object.entries(seen).forEach(([id, publicKey]) => {
    const now = keys.find((key) => key.id === id);
    if (!now) note(id, 'keys_lost');
    else if (now.public_key !== publicKey) note(id, 'keys_other');
  });
  const known = new Set(Object.keys(seen));
  if (known.size > 0) {
    keys.forEach(({ id, endorsement }) => {
      if (!known.has(id) && !(endorsement && known.has(endorsement.key))) note(id, 'keys_unendorsed');
      known.add(id); // in the order of their publication: each may vouch for the next
    });
  }
  if (problems.length === 0) localStorage.setItem(KEYS, JSON.stringify(Object.fromEntries(keys.map((key) => [key.id, key.public_key]))));
  return { keys, note: say(Object.keys(seen).length > 0 ? 'keys_pinned' : 'keys_new'), problems };
}

/** What a file has: what this page keeps, a list of receipts, or one. Rejects with SyntaxError where it is none of these. */
export async function readFile(file) {
  const content = JSON.parse(await file.text());
  const receipts = Array.isArray(content) ? content : [content];
  if (receipts.every((one) => typeof one?.statement === 'string')) return { receipts };
  if (['receipts', 'heads', 'groups', 'lots'].some((name) => Array.isArray(content?.[name]))) return content;
  throw new SyntaxError();
}

/** The lots and groups that these receipts and heads speak of. */
export function placesOf({ receipts = [], heads = [] }) {
  const stated = [...receipts, ...heads].map(({ statement }) => parse(statement)).filter(Boolean);
  const ids = (name) => [...new Set(stated.map((one) => one[name]).filter(Number.isSafeInteger))];
  return { lots: ids('goods_id'), groups: ids('group_id') };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // the check says so
  }
}

function readSeen() {
  try {
    return JSON.parse(localStorage.getItem(KEYS)) ?? {};
  } catch {
    return {};
  }
}
