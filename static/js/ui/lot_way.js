/** The way back to the list, and to the lots before and after in it. */
import { listAddress, lotAddress } from '../addresses.js';
import { findPlace } from '../api.js';
import { t } from '../i18n.js';
import { toQuery } from '../lot_question.js';
import { user } from '../session.js';
import { el } from './elements.js';

const LIMIT = 60; // lots on a page of the list

export class LotWay {
  /** @param {{lot: object, group: object, question: object}} options the question is that of the list the reader came from */
  constructor({ lot, group, question }) {
    this._lot = lot;
    this._question = question;
    this._isOver = group.status === 2;
    this._back = el('a', { href: this._listAddress() }, `← ${t('lot.back')}`);
    this._neighbours = el('nav', { class: 'neighbours', 'aria-label': t('lot.neighbours'), hidden: true });
    this.elements = [this._back, this._neighbours];
  }

  /** Asks where the lot stands; nothing is shown where nobody knows. */
  async look() {
    const { _lot: lot, _question: question } = this;
    if (question.whose && !user()) return;
    const found = await findPlace(lot.group_id, lot.id, toQuery(question)).catch(() => null);
    if (!found?.place) return;
    this._back.href = this._listAddress(Math.ceil(found.place / LIMIT));
    this._neighbours.hidden = false;
    this._neighbours.replaceChildren(
      this._link('lot.previous', found.previous, 'prev'),
      el('span', { class: 'neighbours__place' }, t('lot.place', { place: found.place, total: found.total })),
      this._link('lot.next', found.next, 'next'));
  }

  _link(key, neighbour, rel) {
    if (!neighbour) return el('span', { class: 'button button--small neighbours__none' }, t(key));
    const href = lotAddress(neighbour.id, this._lot.group_id, this._question);
    return el('a', { class: 'button button--small', href, rel, 'aria-label': t(`${key}_of`, { sn: neighbour.sn }) }, t(key));
  }

  _listAddress(page = 1) {
    return this._isOver ? `/history/${this._lot.group_id}` : listAddress(this._lot.group_id, this._question, page);
  }
}
