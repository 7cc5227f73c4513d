/** The channels by long polling: the last resort, with the same cursors and the same truth. */
import { Backoff } from './backoff.js';
import { LiveError } from './errors.js';
import { pause } from './retries.js';
import { needsUser } from './socket_link.js';

const WAIT_SECONDS = 2; // so soon an answer comes without news: who looks on learns of silence within seconds
const UNSEEN_WAIT_SECONDS = 25; // the most the server holds an answer
const ANSWER_LIMIT = (UNSEEN_WAIT_SECONDS + 10) * 1000;
const LEAST_PAUSE = 250; // a server that does not hold its answers is not asked in a tight loop

/** One loop per channel; never gives up by itself, only reports whether the server answers. */
export class PollLink {
  constructor(host, keeper, request) {
    this.via = 'poll';
    this.isUp = false;
    this._host = host;
    this._keeper = keeper;
    this._request = request;
    this._loops = new Map(); // channel → {exchange}
    this.channelsChanged();
  }

  channelsChanged() {
    const wanted = this._host.channels.filter((channel) => this._host.token || !needsUser(channel));
    [...this._loops.keys()].filter((channel) => !wanted.includes(channel)).forEach((channel) => this._stop(channel));
    wanted.filter((channel) => !this._loops.has(channel)).forEach((channel) => this._run(channel));
  }

  signInAgain() {
    [...this._loops.keys()].filter(needsUser).forEach((channel) => this._stop(channel));
    this.channelsChanged();
  }

  close() {
    [...this._loops.keys()].forEach((channel) => this._stop(channel));
  }

  _stop(channel) {
    this._loops.get(channel).exchange?.abort();
    this._loops.delete(channel);
  }

  async _run(channel) {
    const loop = { exchange: null };
    const backoff = new Backoff();
    this._loops.set(channel, loop);
    while (this._loops.get(channel) === loop) {
      const sentAt = this._host.clock.local();
      loop.exchange = this._request({
        method: 'GET',
        url: this._address(channel),
        headers: this._host.credentials(),
        timeout: ANSWER_LIMIT,
      });
      const reply = await loop.exchange.reply.catch(() => ({ status: 0 }));
      if (this._loops.get(channel) !== loop) return;
      if (reply.status === 200) {
        backoff.reset();
        this._host.heard();
        this._take(channel, reply.body.data, sentAt);
        await pause(LEAST_PAUSE);
      } else {
        await this._refused(channel, reply, backoff);
      }
    }
  }

  _take(channel, data, sentAt) {
    // Only an answer that was not held measures the road.
    if (this._host.cursorOf(channel)) this._host.clock.hear(data.ts);
    else this._host.clock.measure(sentAt, data.ts);
    if (!this.isUp) {
      this.isUp = true;
      this._keeper.linkUp(this);
    }
    this._host.takeSnapshot(channel, data);
  }

  async _refused(channel, { status, body }, backoff) {
    if (status === 401 && this._host.token) {
      if (!(await this._host.renewOrSignOut())) await pause(backoff.next());
    } else if ([401, 403, 404, 422].includes(status) && body) {
      this._host.refuseChannel(channel, new LiveError(body));
    } else {
      if (this.isUp) {
        this.isUp = false;
        this._keeper.linkWavers();
      }
      await pause(backoff.next());
    }
  }

  _address(channel) {
    const [kind, id] = channel.split(':');
    const cursor = this._host.cursorOf(channel);
    const wait = this._host.isSeen ? WAIT_SECONDS : UNSEEN_WAIT_SECONDS;
    const query = cursor ? `?cursor=${encodeURIComponent(cursor)}&wait=${wait}` : '';
    return `${this._host.url}/api/live/${kind}${id ? `/${id}` : ''}${query}`;
  }
}
