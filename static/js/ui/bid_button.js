/** Buttons that bid what stands on them. */
import { yuan } from '../format.js';
import { t } from '../i18n.js';
import { el, setText } from './elements.js';
import { isHeld, pressable } from './pressables.js';

/** Bids its value, unless it is held. What was read on it when the finger came down is what is bid, even if the price moved since. */
export function bidButton(kind, bid) {
  const button = el('button', { class: `button ${kind}`, type: 'button' });
  let pressed = null;
  const now = () => ({ price: Number(button.value), isBarred: isHeld(button) });
  button.addEventListener('pointerdown', () => { pressed = now(); });
  button.addEventListener('click', ({ detail: presses }) => {
    const { price, isBarred } = presses > 0 && pressed ? pressed : now(); // pressed by keyboard there was no finger before
    if (!isBarred) bid(price);
  });
  return button;
}

/** What the button offers from now on. */
export function offer(button, price, text, isBarred) {
  button.value = price;
  pressable(button, !isBarred);
  setText(button, text);
}

/** Offers the least that may be bid, or says what becomes of the bid that is on its way. */
export function offerLeast(button, { lot, lots, bidding }) {
  const running = bidding.courseOf(lot);
  const course = running?.kind === 'bid' ? running : null;
  const minimum = lots.minimumOf(lot);
  button.dataset.phase = course?.phase ?? '';
  offer(button, minimum, mainText(bidding, course, minimum), bidding.isBarred(lot));
  button.setAttribute('aria-label', t('bid.of_lot', { what: button.textContent, sn: lot.sn }));
}

function mainText(bidding, course, minimum) {
  if (course?.phase === 'sent') return t('bid.sending', { price: yuan(course.price) });
  if (course?.phase === 'uncertain') return t('bid.checking', { price: yuan(course.price) });
  return bidding.hold || t('bid.place', { price: yuan(minimum) });
}
