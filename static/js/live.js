/**
 * The live channel of the auction server, for browsers and WeChat mini-programs: no dependency, no DOM.
 * Take this file and the folder `live/` beside it.
 *
 * @example In a browser
 *   import { LiveClient } from './live.js';
 *
 *   const live = new LiveClient({
 *     url: location.origin,
 *     token: localStorage.getItem('token'),
 *     renewToken: async () => (await refreshMyToken()) ?? null,
 *     onState: (channel, snapshot) => snapshot.state?.forEach(showLot),
 *     onEvent: (event) => { if (event.type === 'price') showLot(event); },
 *     onStatus: ({ link, stale }) => showLight(link, stale),
 *   });
 *   live.subscribe('group:7');
 *   live.subscribe('me');
 *   live.start();
 *   const secondsLeft = (lot.end_at - live.now()) / 1000;      // the server's clock, not the reader's
 *   await live.bid({ goods_id: 145, group_id: 7, price: 36003 }); // fen
 *
 * @example In a WeChat mini-program
 *   import { LiveClient, wechatTransports } from './live.js';
 *   const live = new LiveClient({ url: 'https://auction.example', ...wechatTransports(wx), onEvent, onState });
 *   wx.onNetworkStatusChange(({ isConnected }) => { if (isConnected) live.wake(); });
 *   App({ onShow: () => live.setSeen(true), onHide: () => live.setSeen(false), … });
 *
 * What it does by itself:
 * - holds one websocket; reconnects with growing, jittered pauses; honours the server's close codes;
 * - resumes every channel from its last cursor and never lets an older `seq` of a lot through;
 * - signs in again when the token was renewed, and asks `renewToken` when it expired;
 * - after three sockets that would not open it reads server-sent events, and where answers cannot be
 *   streamed it long-polls, while it keeps trying to get the socket back;
 * - repeats an unanswered bid under the same `request_id`, so that it counts once.
 *
 * Callbacks:
 * - `onState(channel, snapshot)`: `{state, recovered, cursor, ts}`, for `goods:ID` also `bids` and `watchers`,
 *   for `watched` also `goods_ids`, for `me` only `missed`. `recovered: false` is the whole truth; `true` holds only what changed.
 * - `onEvent(event)`: one pushed event, in order, with `type` and `channel`. A notice of `me` may come again after a
 *   reconnect, with the same `id`.
 * - `onStatus({link, via, stale, code})`: `link` is `connecting`, `live`, `polling`, `reconnecting` or `stopped`;
 *   `via` is `socket`, `stream` or `poll` while connected; `stale` while the server cannot reach its database;
 *   `code` is the close code that stopped the client for good.
 *   A link can be `live` and silent: `live.silence()` tells for how many ms nothing was heard. After some 4.5 s the prices may lag.
 * - `onUser(user | null)`: who the server takes this connection for.
 * - `onRefused(channel, error)`: the server will not serve this channel (unknown, or not for this user).
 */
export { LiveClient } from './live/client.js';
export { LiveError } from './live/errors.js';
export { browserTransports } from './live/browser_transports.js';
export { wechatTransports } from './live/wechat_transports.js';
export { makeRequestId } from './live/request_id.js';
export { withRetries } from './live/retries.js';
