/**
 * What anybody can check with receipts, heads and published records in hand; server/domain/auctions/proof/checks.py does the same, and
 * both are held against the same broken examples.
 */
import { stepAt } from '../steps.js';
import { climb, idOfKey, isSigned, rootOf, sha256 } from './hashes.js';
import { say } from './texts.js';

const short = (hash) => `${hash.slice(0, 16)}…`;

/** The kinds of statements, and what each must have. */
const STATEMENTS = {
  bid: { goods_id: 'number', group_id: 'number', user_id: 'number', price: 'number', arrived_at: 'number', outcome: 'string' },
  head: { goods_id: 'number', group_id: 'number', head: 'string', seq: 'number', settled_at: 'number' },
  group: { group_id: 'number', issue: 'number', lots: 'number', root: 'string' },
  key: { id: 'string', public_key: 'string' },
};
const TERMS = { goods_id: 'number', low_price: 'number', step: 'number', top_price: 'number' };
const STEP = { from_price: 'number', step: 'number' }; // a row of the terms' table, where they have one
const BID = {
  goods_id: 'number', seq: 'number', user_id: 'number', price: 'number', arrived_at: 'number', end_at: 'number', previous_hash: 'string',
};
const SETTLEMENT = { goods_id: 'number', price: 'number', seq: 'number', previous_hash: 'string' };

/**
 * Everything of it against everything else of it. The keys are those to believe.
 * @param {{keys?: object[], receipts?: object[], heads?: object[], groups?: object[], lots?: object[]}} kept
 * @returns {Promise<{problems: {about: string, problem: string}[], counts: object}>}
 */
export async function check({ keys = [], receipts = [], heads = [], groups = [], lots = [] }) {
  const checking = new Checking(keys);
  await checking.checkKeys();
  for (const lot of lots) await checking.checkLot(lot);
  for (const [index, head] of heads.entries()) await checking.checkHead(head, say('about_head', { number: index + 1 }));
  for (const group of groups) await checking.checkGroup(group);
  for (const [index, receipt] of receipts.entries()) await checking.checkReceipt(receipt, index + 1);
  return { problems: checking.problems, counts: checking.counts };
}

class Checking {
  constructor(keys) {
    this.problems = [];
    this.counts = { keys: keys.length, receipts: 0, heads: 0, groups: 0, lots: 0, entries: 0, sealed: 0, unmatched: 0 };
    this._keys = new Map(keys.map((key) => [key.id, key]));
    this._chains = new Map();
    this._heads = new Map(); // of each lot, the first that was seen signed
  }

  async checkKeys() {
    for (const key of this._keys.values()) {
      const about = say('about_key', key);
      const id = await idOfKey(key.public_key);
      if (id !== key.id) this._note(about, say('key_name'));
      if (!key.endorsement) continue;
      const stated = await this._readSigned(key.endorsement, about);
      if (stated && (stated.kind !== 'key' || stated.id !== key.id || stated.public_key !== key.public_key)) this._note(about, say('key_endorsed'));
    }
  }

  async checkLot(lot) {
    this.counts.lots += 1;
    this.counts.entries += lot.entries.length;
    const about = say('about_lot', lot);
    const terms = this._read(lot.terms, TERMS, about, say('terms_unreadable'));
    if (terms && terms.goods_id !== lot.goods_id) this._note(about, say('terms_other', terms));
    const genesis = await sha256(lot.terms);
    const chain = { terms, head: genesis, bids: new Map(), hashes: new Map([[0, new Set([genesis])]]), bidHashes: new Map() };
    this._chains.set(lot.goods_id, chain);
    let last = null;
    for (const entry of lot.entries) {
      const bid = await this._takeEntry(lot.goods_id, entry, chain);
      if (bid && last && !bid.intervention && bid.price <= last.price && bid.seq === last.seq + 1) {
        this._note(aboutBid(entry.seq, lot.goods_id), say('not_beating', { price: bid.price, last: last.price }));
      }
      last = bid ?? (entry.kind === 'maximum' ? last : null);
    }
    await this._checkSettlement(lot, chain, last);
    if (lot.head) await this.checkHead(lot.head, say('about_published_head', lot));
  }

  async _takeEntry(goodsId, entry, chain) {
    const bidName = aboutBid(entry.seq, goodsId);
    const about = entry.kind === 'maximum' ? say('about_maximum', { bid: bidName }) : bidName;
    if (entry.previous_hash !== chain.head) this._note(about, say('not_chained'));
    chain.head = entry.hash;
    addTo(chain.hashes, entry.seq, entry.hash);
    if (entry.kind === 'bid') {
      const place = chain.bids.size + 1;
      if (entry.seq !== place) this._note(about, say('out_of_place', { place }));
      chain.bids.set(entry.seq, null);
      chain.bidHashes.set(entry.seq, entry.hash);
    }
    if (!entry.form) {
      this.counts.sealed += 1;
      return null;
    }
    if (await sha256(entry.form) !== entry.hash) this._note(about, say('changed'));
    if (entry.kind === 'maximum') return null;
    const bid = this._read(entry.form, BID, about, say('unreadable'));
    if (!bid) return null;
    if (bid.goods_id !== goodsId || bid.seq !== entry.seq || bid.previous_hash !== entry.previous_hash) this._note(about, say('other_place'));
    chain.bids.set(entry.seq, bid);
    return bid;
  }

  async _checkSettlement(lot, chain, last) {
    const about = say('about_lot', lot);
    const end = this._read(lot.settlement, SETTLEMENT, about, say('settlement_unreadable'));
    if (!end) return;
    if (end.previous_hash !== chain.head) this._note(about, say('settlement_not_chained'));
    if (end.goods_id !== lot.goods_id || end.seq !== chain.bids.size) {
      this._note(about, say('settlement_entries', { entries: chain.bids.size, seq: end.seq }));
    } else if (last && ((end.leader_id ?? 0) !== last.user_id || end.price !== last.price)) {
      this._note(about, say('settlement_other', { user_id: last.user_id, price: last.price, leader_id: end.leader_id, end_price: end.price }));
    }
    chain.head = await sha256(lot.settlement);
    addTo(chain.hashes, end.seq, chain.head);
  }

  async checkHead(signed, about) {
    this.counts.heads += 1;
    const stated = await this._readSigned(signed, about);
    if (stated?.kind === 'head') this._compareHead(stated);
    else if (stated) this._note(about, say('no_head'));
  }

  _compareHead(stated) {
    const about = say('about_lot', stated);
    const known = this._heads.get(stated.goods_id) ?? stated.head;
    this._heads.set(stated.goods_id, known);
    if (known !== stated.head) this._note(about, say('two_heads', { one: short(known), other: short(stated.head) }));
    const chain = this._chains.get(stated.goods_id);
    if (chain && chain.head !== stated.head) this._note(about, say('other_head', { head: short(stated.head), end: short(chain.head) }));
  }

  async checkGroup({ signed, heads }) {
    this.counts.groups += 1;
    const stated = await this._readSigned(signed, say('about_some_group'));
    if (stated?.kind !== 'group') {
      if (stated) this._note(say('about_some_group'), say('no_group'));
      return;
    }
    const about = say('about_group', stated);
    const root = heads.length > 0 ? await rootOf(heads) : '';
    if (root !== stated.root || heads.length !== stated.lots) this._note(about, say('other_root'));
    heads.forEach((text) => {
      const head = this._read(text, STATEMENTS.head, about, say('head_unreadable'));
      if (head) this._compareHead(head);
    });
  }

  async checkReceipt(receipt, number) {
    this.counts.receipts += 1;
    const name = say('about_receipt', { number });
    const stated = await this._readSigned(receipt, name);
    if (stated?.kind !== 'bid') {
      if (stated) this._note(name, say('no_receipt'));
      return;
    }
    if (stated.seq === undefined) return; // it was refused without a look at the lot
    const chain = this._chains.get(stated.goods_id);
    if (!chain) {
      this.counts.unmatched += 1;
      return;
    }
    const about = say('about_bid_receipt', { number, price: stated.price, goods_id: stated.goods_id });
    (await findDenials(stated, chain)).forEach((problem) => this._note(about, problem));
  }

  /** What it says, if one of the keys has signed it. */
  async _readSigned(signed, about) {
    const key = this._keys.get(signed.key);
    if (!key) {
      this._note(about, say('key_unknown', signed));
      return null;
    }
    const root = await climb(signed.statement, signed.path);
    if (!root || !(await isSigned(key.public_key, signed.signature, root))) {
      this._note(about, say('not_signed'));
      return null;
    }
    const kind = kindOf(signed.statement);
    return this._read(signed.statement, STATEMENTS[kind] ?? { kind: 'never' }, about, say('signed_unreadable'));
  }

  _read(text, fields, about, problem) {
    try {
      const found = JSON.parse(text);
      const rows = fields === TERMS ? found.steps ?? [] : [];
      if (hasAll(found, fields) && rows.every((row) => hasAll(row, STEP))) return found;
    } catch {
      // said below
    }
    this._note(about, problem);
    return null;
  }

  _note(about, problem) {
    if (!this.problems.some((one) => one.about === about && one.problem === problem)) this.problems.push({ about, problem });
  }
}

/** Where the record denies what a receipt says. */
async function findDenials(stated, chain) {
  const { seq, outcome } = stated;
  const isAccepted = outcome === 'accepted';
  if (isAccepted && chain.bidHashes.get(seq) !== stated.hash) return [say('denied_bid', stated)];
  if (!isAccepted && !chain.hashes.get(seq)?.has(stated.hash)) return [say('denied_refusal', stated)];
  const problems = [];
  const foundSeq = isAccepted ? seq - 1 : seq;
  const found = priceAfter(chain, foundSeq);
  if (found !== null && found !== stated.price_before) problems.push(say('other_price', { ...stated, found }));
  const minimum = found === null ? null : minimumAfter(chain, foundSeq, found);
  if (minimum !== null && minimum !== stated.minimum) problems.push(say('other_minimum', { stated: stated.minimum, minimum }));
  const bid = chain.bids.get(seq);
  if (isAccepted && bid) problems.push(...await findDifferences(stated, bid));
  if (outcome === 'bid_too_low' && stated.price >= stated.minimum) problems.push(say('not_too_low', stated));
  if (outcome === 'ended' && bid && stated.arrived_at < bid.end_at) problems.push(say('not_too_late'));
  return problems;
}

async function findDifferences(stated, bid) {
  const problems = [];
  if (['user_id', 'price', 'arrived_at', 'previous_hash'].some((name) => stated[name] !== bid[name])) problems.push(say('other_bid', stated));
  if (bid.secret && stated.salt) {
    const { goods_id: goods, group_id: group, price, max_price: max, key, salt } = stated;
    const fingerprint = key === null ? null : (await sha256(JSON.stringify([goods, group, price, max]))).slice(0, 32);
    if (await sha256(JSON.stringify({ fingerprint, key, max_price: max, salt })) !== bid.secret) problems.push(say('other_secret', stated));
  }
  return problems;
}

/** The price that a bidder saw then; null where the record does not tell. */
function priceAfter({ terms, bids }, seq) {
  const bid = bids.get(seq);
  if (seq === 0 || bid?.user_id === 0) return terms?.low_price ?? null;
  return bid?.price ?? null;
}

function minimumAfter({ terms, bids }, seq, price) {
  if (!terms) return null;
  return seq > 0 && bids.get(seq)?.user_id ? Math.min(price + stepAt(price, terms), terms.top_price) : terms.low_price;
}

function hasAll(found, fields) {
  return Object.entries(fields).every(([name, type]) => typeof found[name] === type);
}

function kindOf(statement) {
  try {
    return JSON.parse(statement).kind;
  } catch {
    return null;
  }
}

function addTo(sets, key, value) {
  if (!sets.has(key)) sets.set(key, new Set());
  sets.get(key).add(value);
}

const aboutBid = (seq, goodsId) => say('about_bid', { seq, goods_id: goodsId });
