/** One offer in a list. */
import { el, setText } from '../ui/elements.js';
import { countdown, isReduced, money, picture, rateTag } from './offer_words.js';
import { say } from './texts.js';

/** `tick` with the clock. */
export class OfferCard {
  /** @param {object} offer @param {string} [heading] the level of its name on the page */
  constructor(offer, heading = 'h2') {
    this._offer = offer;
    this._time = el('span', { class: 'countdown', role: 'timer' });
    const place = picture(offer);
    if (offer.groupbuy_recommend === 1) place.append(el('span', { class: 'tag offer__pick' }, say('recommended')));
    this.element = el('li', { class: 'offer' },
      place,
      el('div', { class: 'offer__body' },
        el(heading, { class: 'offer__name' }, el('a', { href: `/groupbuy/${offer.id}` }, offer.groupbuy_name)),
        offer.groupbuy_remark && el('p', { class: 'offer__remark' }, offer.groupbuy_remark),
        el('p', { class: 'offer__prices' },
          el('span', { class: 'price' }, money(offer.groupbuy_price)),
          isReduced(offer) && el('del', { class: 'offer__original', title: say('original') }, money(offer.goods_price)),
          rateTag(offer)),
        el('p', { class: 'offer__foot' },
          this._time,
          el('span', {}, say('sold', { count: offer.groupbuy_buy_quantity })))));
    this.tick();
  }

  tick() {
    const { text, isUrgent } = countdown(this._offer);
    setText(this._time, text);
    this._time.classList.toggle('is-urgent', isUrgent);
  }
}
