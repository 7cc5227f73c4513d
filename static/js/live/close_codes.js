/** What a socket's close code asks of the client. */

export const BAD_TOKEN = 4020;
export const BANNED = 4021;

const DRAINING = 4001;
const LONGEST_ASKED_DELAY = 60000; // a broken reason must not silence a client for good

/**
 * Whether to come back after a close, and after how long when the server said so.
 * @returns {{reconnect: boolean, delay: number|null}}
 */
export function afterClose(code, reason) {
  if (code >= 4020 && code <= 4039) return { reconnect: false, delay: null };
  return { reconnect: true, delay: code === DRAINING ? askedDelay(reason) : null };
}

function askedDelay(reason) {
  try {
    const delay = Number(JSON.parse(reason).delay_ms);
    return delay >= 0 ? Math.min(delay, LONGEST_ASKED_DELAY) : null;
  } catch {
    return null; // the reason is optional and may be plain words
  }
}
