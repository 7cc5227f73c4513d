/**
 * The ends of the lots that the reader bids on or watches, on this page or not: told once each while nobody looks, in the tab and by
 * what reaches who is away.
 */
import { alertChoices, alertOf, dropAlert } from './alerts.js';
import { getLot } from './api.js';
import { parseServerTime, shortDateTime } from './format.js';
import { t } from './i18n.js';
import { onUserChange, user } from './session.js';
import { addTabNews, dropTabNews } from './ui/tab.js';

const SOON = 2 * 60 * 1000; // ms
const LOOK = 1000; // ms; hidden pages are called less often, and are the ones that matter
const LIVE_FIELDS = ['group_id', 'status', 'end_at', 'is_paused'];

export class Endings {
  /** @param {{lots?: import('./lots.js').Lots}} [options] `lots`: those of the page, which knows best how they stand */
  constructor({ lots } = {}) {
    this._lots = lots ?? null;
    this._watched = new Set(); // goods ids
    this._joined = new Set();
    this._elsewhere = new Map(); // goods id → what was last heard of a lot that is near to the reader
    this._told = new Map(); // goods id → whether it is in the tab
    onUserChange(() => [this._watched, this._joined, this._elsewhere].forEach((known) => known.clear()));
  }

  /** @param {() => number} now the server's clock */
  start(now) {
    setInterval(() => this._look(now), LOOK);
  }

  /** Takes what the reader takes part in. */
  join(participations) {
    participations.forEach(({ goods_id: id, goods: { group_id: group, end_at: end } }) => {
      this._joined.add(id);
      if (end) this._note({ goods_id: id, group_id: group, end_at: parseServerTime(end) });
    });
  }

  /** Takes the state of a channel; that of the watch list says which lots are on it. */
  takeState({ state = [], goods_ids: watched }) {
    if (watched) this._watched = new Set(watched);
    state.forEach((lot) => this._note(lot));
  }

  /** Takes an event of any channel about lots. */
  takeEvent(event) {
    if (event.goods_id === undefined) return;
    if (event.type !== 'watched') this._note(event);
    else if (event.is_watched) this._watched.add(event.goods_id);
    else this._watched.delete(event.goods_id);
  }

  _note(news) {
    const { goods_id: id } = news;
    if (user() && news.user_id === user().id) this._joined.add(id);
    if (!this._isNear({ id })) return;
    const told = LIVE_FIELDS.filter((field) => news[field] !== undefined).map((field) => [field, news[field]]);
    this._elsewhere.set(id, { id, status: 'open', ...this._elsewhere.get(id), ...Object.fromEntries(told) });
  }

  _isNear({ id, mine }) {
    return Boolean(mine) || this._joined.has(id) || this._watched.has(id);
  }

  _look(now) {
    const here = this._lots?.all ?? [];
    const elsewhere = [...this._elsewhere.values()].filter(({ id }) => !this._lots?.find(id));
    const soon = new Map([...here, ...elsewhere].filter((lot) => this._isNear(lot) && isSoon(lot, now())).map((lot) => [lot.id, lot]));
    soon.forEach((lot, id) => {
      if (this._told.has(id)) return;
      this._told.set(id, true);
      if (this._lots?.find(id)) tell(lot);
      else this._tellOfElsewhere(id, now);
    });
    this._told.forEach((isInTab, id) => {
      if (isInTab && !soon.has(id)) this._takeBack(id);
    });
  }

  /** Asks for its number first, and how it stands, where anybody is reached. */
  async _tellOfElsewhere(id, now) {
    if (!document.hidden && !alertChoices().sound) return;
    const { state, goods } = await getLot(id).catch(() => ({ state: [], goods: null }));
    state.forEach((lot) => this._note(lot));
    const lot = this._elsewhere.get(id);
    if (goods && lot && isSoon(lot, now())) tell({ ...goods, ...lot });
    else this._told.delete(id); // asked for again when a look finds it
  }

  /** It has ended, is paused, was extended, or is the reader's no longer: said once is enough. */
  _takeBack(id) {
    this._told.set(id, false);
    dropTabNews(keyOf(id));
    dropAlert(keyOf(id));
  }
}

const isSoon = ({ status, is_paused: isPaused, end_at: end }, now) => status === 'open' && !isPaused && now < end && end - now <= SOON;

function tell({ id, sn, end_at: end, group_id: groupId }) {
  addTabNews(keyOf(id), 'ending');
  const text = t('notice.ending', { sn, time: shortDateTime(end) });
  alertOf({ id: `ending:${id}`, key: keyOf(id), kind: 'ending', text, goodsId: id, groupId });
}

const keyOf = (id) => `ending-${id}`;
