/** The channels as one stream of server-sent events, for networks that let no socket through. */
import { needsUser } from './socket_link.js';
import { EventStreamParser } from './event_stream.js';

const SILENCE_LIMIT = 45000; // ms; a proxy that buffers the answer looks like silence from the start
const FIRST_WORD_LIMIT = 8000;

/** Reads frames until the stream ends; then tells the host once, as a socket does. */
export class StreamLink {
  constructor(host, keeper, openStream) {
    this.via = 'stream';
    this.isUp = false;
    this._host = host;
    this._keeper = keeper;
    this._openStream = openStream;
    this._lastId = '';
    this._isOver = false;
    this._open();
  }

  /** The set of channels is part of the address: another set is another stream. */
  channelsChanged() {
    if (this._isOver) return;
    const last = this._exchange;
    this._exchange = null;
    last?.abort();
    this._lastId = ''; // it belongs to the old set
    this._open();
  }

  signInAgain() {
    this.channelsChanged();
  }

  close() {
    this._isOver = true;
    clearTimeout(this._silence);
    this._exchange?.abort();
  }

  async _open() {
    const channels = this._host.channels.filter((channel) => this._host.token || !needsUser(channel));
    if (channels.length === 0) return;
    const parser = new EventStreamParser((event) => this._take(event));
    const headers = { Accept: 'text/event-stream', ...this._host.credentials() };
    if (this._lastId) headers['Last-Event-ID'] = this._lastId;
    this._watch(FIRST_WORD_LIMIT);
    const url = `${this._host.url}/api/live/stream?channels=${encodeURIComponent(channels.join(','))}`;
    const exchange = this._openStream({
      url,
      headers,
      onText: (text) => {
        if (this._exchange !== exchange) return;
        this._watch(SILENCE_LIMIT);
        parser.feed(text);
      },
    });
    this._exchange = exchange;
    const { status } = await exchange.reply.catch(() => ({ status: 0 }));
    if (this._exchange === exchange) await this._ended(status);
  }

  async _ended(status) {
    if (this._isOver) return;
    if (status !== 401 || !this._host.token) this._end();
    else if (await this._host.renewOrSignOut()) this._open();
    else if (this._host.token) this._end(); // could not ask for a new one: the next stream may
  }

  _take({ id, data }) {
    const frame = JSON.parse(data);
    this._lastId = id;
    this._host.clock.hear(frame.ts);
    if (!this.isUp) {
      this.isUp = true;
      this._keeper.linkUp(this);
    }
    if (frame.push) this._host.takePush(frame);
    else if (frame.channel) this._host.takeSnapshot(frame.channel, frame);
  }

  _watch(limit) {
    clearTimeout(this._silence);
    this._silence = setTimeout(() => this._end(), limit);
  }

  _end() {
    if (this._isOver) return;
    this.close();
    this._keeper.linkDown(this, { code: 0, reason: '' });
  }
}
