/** The ends of the lots that the reader bids on or watches, told once each while nobody looks: in the tab, and by what reaches who is away. */
import { alertOf, dropAlert } from './alerts.js';
import { shortDateTime } from './format.js';
import { t } from './i18n.js';
import { addTabNews, dropTabNews } from './ui/tab.js';

const SOON = 2 * 60 * 1000; // ms
const LOOK = 1000; // ms; hidden pages are called less often, and are the ones that matter

export class Endings {
  /**
   * @param {import('./lots.js').Lots} lots
   * @param {import('./watchlist.js').Watchlist} watchlist
   */
  constructor(lots, watchlist) {
    this._lots = lots;
    this._watchlist = watchlist;
    this._told = new Map(); // goods id → whether it is in the tab
  }

  start() {
    setInterval(() => this._look(), LOOK);
  }

  _look() {
    const now = this._lots.now();
    this._lots.all.forEach((lot) => {
      const isNear = Boolean(lot.mine) || this._watchlist.has(lot.id);
      const isSoon = isNear && this._lots.isOpen(lot) && lot.end_at - now <= SOON;
      if (isSoon && !this._told.has(lot.id)) this._tell(lot);
      if (!isSoon && this._told.get(lot.id)) this._takeBack(lot);
    });
  }

  _tell(lot) {
    this._told.set(lot.id, true);
    addTabNews(keyOf(lot), 'ending');
    const text = t('notice.ending', { sn: lot.sn, time: shortDateTime(lot.end_at) });
    alertOf({ id: `ending:${lot.id}`, key: keyOf(lot), kind: 'ending', text, goodsId: lot.id, groupId: lot.group_id });
  }

  /** It has ended, is paused, or was extended: said once is enough. */
  _takeBack(lot) {
    this._told.set(lot.id, false);
    dropTabNews(keyOf(lot));
    dropAlert(keyOf(lot));
  }
}

const keyOf = ({ id }) => `ending-${id}`;
