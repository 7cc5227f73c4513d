/** The lots that the reader keeps an eye on, on this page and on their other devices. */
import { listWatched, stopWatching, watchLot } from './api.js';
import { lastAsked } from './last_asked.js';
import { onUserChange, user } from './session.js';
import { openSignIn } from './ui/account.js';
import { showToast } from './ui/toasts.js';

/** Reads itself once somebody is signed in, and again when the page is looked at again. */
export class Watchlist {
  /** @param {() => void} onChange after every change */
  constructor(onChange) {
    this._onChange = onChange;
    this._ids = new Set();
    this._asking = lastAsked();
    onUserChange(() => this.read());
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.read(); });
    this.read();
  }

  has(id) {
    return this._ids.has(id);
  }

  async read() {
    const isLast = this._asking();
    if (!user()) {
      this._take([]);
      return;
    }
    const found = await listWatched(1, 1).catch(() => null); // what is shown stays until it can be read
    if (found && isLast()) this._take(found.goods_ids);
  }

  /** Takes what the server told of one lot. */
  note(id, isWatched) {
    if (isWatched) this._ids.add(id);
    else this._ids.delete(id);
    this._onChange();
  }

  /** Puts a lot on the list, or takes it off; shown at once, and taken back where the server refuses. */
  async toggle(id) {
    if (!user()) {
      openSignIn();
      return;
    }
    const isWatched = !this.has(id);
    this.note(id, isWatched);
    try {
      await (isWatched ? watchLot(id) : stopWatching(id));
    } catch (error) {
      this.note(id, !isWatched);
      showToast({ key: 'watchlist', text: error.message, tone: 'bad' });
    }
  }

  _take(ids) {
    if (ids.length === 0 && this._ids.size === 0) return;
    this._ids = new Set(ids);
    this._onChange();
  }
}
