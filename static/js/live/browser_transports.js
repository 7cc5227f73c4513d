/** What the live client needs of a browser: a socket, a request, a streamed answer. */

/**
 * @typedef {{reply: Promise<{status: number, body: object}>, abort: () => void}} Exchange
 * @typedef {{method: string, url: string, headers: object, body?: string, timeout: number}} Request
 */
export function browserTransports() {
  const streams = typeof ReadableStream !== 'undefined' && typeof TextDecoder !== 'undefined';
  return { openSocket: (url) => new WebSocket(url), request, openStream: streams ? openStream : null };
}

/** One exchange; rejects when no answer in JSON came. @param {Request} options @returns {Exchange} */
function request({ method, url, headers, body, timeout }) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeout);
  const reply = fetch(url, { method, headers, body, cache: 'no-store', signal: abort.signal })
    .then(async (response) => ({ status: response.status, body: await response.json() }))
    .finally(() => clearTimeout(timer));
  return { reply, abort: () => abort.abort() };
}

/** A streamed answer. `reply` is kept with `{status, body?}` when the answer ends and rejects when it breaks. */
function openStream({ url, headers, onText }) {
  const abort = new AbortController();
  // EventSource cannot send an Authorization header.
  const reply = fetch(url, { headers, cache: 'no-store', signal: abort.signal }).then(async (response) => {
    if (!response.ok) return { status: response.status, body: await response.json() };
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      onText(decoder.decode(piece.value, { stream: true }));
    }
    return { status: response.status };
  });
  return { reply, abort: () => abort.abort() };
}
