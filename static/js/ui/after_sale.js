/** What the reader won and owes, and lots that are offered to them, above their bids. */
import { t } from '../i18n.js';
import { lastAsked } from '../last_asked.js';
import { listSecondOffers, listSettlements } from '../settlements_api.js';
import { el } from './elements.js';
import { secondOfferCard } from './second_offer_card.js';
import { SettlementCard } from './settlement_card.js';
import { showToast } from './toasts.js';

const OPEN = 'open';

/** Fills itself, and again after each press or news; empty and hidden while there is nothing. */
export class AfterSale {
  constructor() {
    this._cards = new Map(); // settlement id → card
    this._asking = lastAsked();
    this.element = el('section', { class: 'section after-sale', 'aria-labelledby': 'after-sale-title', hidden: true });
  }

  /** Before another reader's is loaded. */
  clear() {
    this._asking();
    this._cards.clear();
    this._show([], []);
  }

  /** News of the channel `me`. */
  take({ type }) {
    if (type === 'settlement' || type === 'second_offer') this.load();
  }

  async load() {
    const isLast = this._asking();
    try {
      const [{ list }, offers] = await Promise.all([listSettlements(), listSecondOffers()]);
      if (isLast()) this._show(list, offers.filter(({ status }) => status === OPEN));
    } catch (error) {
      if (isLast() && error.status !== 401) showToast({ key: 'after-sale', text: error.message, tone: 'bad' });
    }
  }

  _show(settlements, offers) {
    this.element.hidden = settlements.length + offers.length === 0;
    const cards = settlements.map((one) => this._cardOf(one));
    const open = offers.map((offer) => secondOfferCard(offer, () => this.load()));
    const heading = el('h2', { class: 'section__title', id: 'after-sale-title' }, t('sale.title'));
    this.element.replaceChildren(heading, ...open, ...cards.map(({ element }) => element));
  }

  /** The one that is there stays: the reader may be about to press in it. */
  _cardOf(settlement) {
    const card = this._cards.get(settlement.id) ?? new SettlementCard(() => this.load());
    this._cards.set(settlement.id, card);
    card.show(settlement);
    return card;
  }
}
