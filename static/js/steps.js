/** By how much a price must be beaten; server/domain/auctions/prices.py says the same. */

/** `steps`: the table `[{from_price, step}]`, rising; where there is none the plain `step` counts. */
export function stepAt(price, { step, steps = [] }) {
  return steps.findLast((row) => row.from_price <= price)?.step ?? step;
}
