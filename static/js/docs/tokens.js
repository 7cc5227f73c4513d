/** Tokens for trying calls, in this page's memory alone: `bearer` of the API, `token` of the mall. */
const tokens = { bearer: '', token: '' };
const listeners = [];

export const tokenFor = (scheme) => tokens[scheme] ?? '';

export function keepToken(scheme, token) {
  tokens[scheme] = token.trim();
  listeners.forEach((listener) => listener(scheme));
}

/** Calls `listener(scheme)` after every change. */
export function onTokenChange(listener) {
  listeners.push(listener);
}

/** The token that an answer brings, with its scheme; null if it brings none. */
export function tokenIn(path, answer) {
  const data = answer?.data;
  if (typeof data?.access_token === 'string') return { scheme: 'bearer', token: data.access_token };
  return typeof data?.token === 'string' && !path.startsWith('/api/') ? { scheme: 'token', token: data.token } : null;
}
