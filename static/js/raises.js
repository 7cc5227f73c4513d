/** By how much a lot is usually bid up: in steps of its own, of a size that fits its price. */

import { stepAt } from './steps.js';

const FINEST = 200; // a raise below the two-hundredth part of the price is no progress
const OF_THE_STEP = [2, 5, 10, 20]; // beside the plain bid of one step
const ABOVE_THE_STEP = [1, 2, 5, 10];
const JUMP = 1.5; // from one price to another that may be a slip
const MAXIMUM_JUMP = 3;

/** The raises offered beside the least one, rising, in fen. */
export function quickRaises(lot) {
  const step = stepAt(lot.price, lot);
  const unit = Math.ceil(roundUp(lot.price / FINEST) / step) * step;
  return (unit > step ? ABOVE_THE_STEP : OF_THE_STEP).map((times) => times * unit);
}

/** Whether an offer is far from what anybody would press: many steps, and a multiple of the price. A maximum may be farther. */
export function isUnusual(lot, price, { isMaximum = false } = {}) {
  return price - lot.price > quickRaises(lot).at(-1) && price > lot.price * (isMaximum ? MAXIMUM_JUMP : JUMP);
}

/** The next of 1, 2, 5, 10, 20, 50, … */
function roundUp(amount) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, amount)));
  return [1, 2, 5, 10].map((digit) => digit * power).find((round) => round >= amount);
}
