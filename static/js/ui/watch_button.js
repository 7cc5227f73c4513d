/** The star with which a lot is put on the watch list. */
import { t } from '../i18n.js';
import { el, svg } from './elements.js';

const STAR = 'M12 3.5l2.6 5.3 5.9.9-4.3 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8L3.5 9.7l5.9-.9z';

export class WatchButton {
  /** @param {{lot: object, watchlist: import('../watchlist.js').Watchlist}} options */
  constructor({ lot, watchlist }) {
    this._lot = lot;
    this._watchlist = watchlist;
    this.element = el('button', {
      class: 'watch', type: 'button', 'aria-label': t('watch.lot', { sn: lot.sn }), title: t('watch.title'), onclick: () => watchlist.toggle(lot.id),
    }, svg('svg', { class: 'watch__star', viewBox: '0 0 24 24', width: 24, height: 24, 'aria-hidden': 'true' }, svg('path', { d: STAR })));
    this.update();
  }

  update() {
    this.element.setAttribute('aria-pressed', this._watchlist.has(this._lot.id));
  }
}
