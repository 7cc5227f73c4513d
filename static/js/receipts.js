/** The receipts of bids made in this browser, kept here: newest last. */

const KEY = 'auction.receipts';
const MOST = 1000; // a kilobyte each: what a browser keeps of a site is limited

/** Each once, as the server signed it. */
export function listReceipts() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return []; // whatever stands there is none of ours
  }
}

/** A repeated bid is answered with the same statement, which is kept once. A browser without room keeps what it has. */
export function keepReceipt(receipt) {
  if (!receipt) return;
  const others = listReceipts().filter(({ statement }) => statement !== receipt.statement);
  try {
    localStorage.setItem(KEY, JSON.stringify([...others, receipt].slice(-MOST)));
  } catch {
    // the answer counts all the same
  }
}
