/** What is said of an offer: its price, its discount, its time. */
import { duration, parseServerTime, yuan } from '../format.js';
import { el } from '../ui/elements.js';
import { now } from './api.js';
import { say } from './texts.js';

const URGENT = 3600 * 1000; // ms; the last hour

export const money = (amount) => yuan(Math.round(amount * 100));

export const isReduced = (offer) => offer.reduce > 0;

/** 折 counts tenths that are paid, English hundredths that are saved, neither finer nor more than it is. Nothing where it is less than one. */
export function rateTag(offer) {
  const paid = Math.ceil(Math.round(Number(offer.rate) * 100) / 10); // hundredths of the price
  return paid < 100 && el('span', { class: 'offer__rate' }, say('rate', { rate: String(paid / 10), percent: 100 - paid }));
}

/** `coming`, `running`, `over`, or `closed` for what is on sale at no time. */
export function phaseOf(offer, at = now()) {
  if (![2, 3].includes(offer.groupbuy_state)) return 'closed';
  if (offer.groupbuy_state === 3 || at >= parseServerTime(offer.groupbuy_endtime)) return 'over';
  return at < parseServerTime(offer.groupbuy_starttime) ? 'coming' : 'running';
}

/** The time that is left, as text. */
export function countdown(offer, at = now()) {
  const phase = phaseOf(offer, at);
  if (phase === 'closed') return { text: say(`state_${offer.groupbuy_state}`), isUrgent: false };
  if (phase === 'over') return { text: say('ended'), isUrgent: false };
  const target = parseServerTime(phase === 'coming' ? offer.groupbuy_starttime : offer.groupbuy_endtime);
  const text = say(phase === 'coming' ? 'starts_in' : 'left', { time: duration(target - at) });
  return { text, isUrgent: phase === 'running' && target - at < URGENT };
}

/** Its picture; nothing where there is none or it does not load. */
export function picture(offer, { isLazy = true } = {}) {
  const place = el('div', { class: 'offer__picture' });
  if (offer.groupbuy_image) {
    const image = el('img', { src: offer.groupbuy_image, alt: '', width: 400, height: 300, loading: isLazy && 'lazy' });
    image.addEventListener('error', () => image.remove());
    place.append(image);
  }
  return place;
}
