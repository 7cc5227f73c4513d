/** Trying again what may be repeated safely. */
import { Backoff } from './backoff.js';

export const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/**
 * The outcome of `action`, tried up to `tries` times while `mayRepeat(error)` says so.
 * @template T
 * @param {() => Promise<T>} action
 * @param {{tries?: number, mayRepeat: (error: Error) => boolean}} options
 * @returns {Promise<T>}
 */
export async function withRetries(action, { tries = 3, mayRepeat }) {
  const backoff = new Backoff({ first: 400, most: 4000 });
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (attempt >= tries || !mayRepeat(error)) throw error;
      await pause(backoff.next());
    }
  }
}
