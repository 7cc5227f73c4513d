/** The channels as one stream of server-sent events, for networks that let no socket through. */
import { EventStreamParser } from './event_stream.js';
import { needsUser } from './socket_link.js';

const SILENCE_LIMIT = 10000; // ms; the server says something every other second
const FIRST_WORD_LIMIT = 8000; // a proxy that holds the answer back looks like silence from the start

/** Reads frames until the stream ends; then tells the keeper once, as a socket does. */
export class StreamLink {
  constructor(host, keeper, openStream) {
    this.via = 'stream';
    this.isUp = false;
    this._host = host;
    this._keeper = keeper;
    this._openStream = openStream;
    this._isOver = false;
    this._open();
  }

  /** The channels are part of the address: others are another stream. */
  channelsChanged() {
    if (this._isOver) return;
    const last = this._exchange;
    this._exchange = null;
    last?.abort();
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
    this._watch(FIRST_WORD_LIMIT);
    const exchange = this._openStream({
      url: `${this._host.url}/api/live/stream?channels=${encodeURIComponent(channels.join(','))}`,
      headers: { Accept: 'text/event-stream', ...this._lastEventId(channels), ...this._host.credentials() },
      onText: (text) => {
        if (this._exchange !== exchange) return;
        this._watch(SILENCE_LIMIT);
        this._host.heard();
        parser.feed(text);
      },
    });
    this._exchange = exchange;
    const { status } = await exchange.reply.catch(() => ({ status: 0 }));
    if (this._exchange === exchange) await this._ended(status);
  }

  /** The id of an event is the cursor, with several channels a JSON object of theirs: so any link's cursors do. */
  _lastEventId(channels) {
    const cursors = channels.map((channel) => [channel, this._host.cursorOf(channel)]).filter(([, cursor]) => cursor);
    if (cursors.length === 0) return {};
    return { 'Last-Event-ID': channels.length === 1 ? cursors[0][1] : JSON.stringify(Object.fromEntries(cursors)) };
  }

  async _ended(status) {
    if (this._isOver) return;
    if (status !== 401 || !this._host.token) this._end();
    else if (await this._host.renewOrSignOut()) this.channelsChanged();
    else if (this._host.token) this._end(); // could not ask for a new one: the next stream may
  }

  _take({ event, data }) {
    const frame = JSON.parse(data);
    if (event === 'close') {
      this._end(frame);
      return;
    }
    this._host.clock.hear(frame.ts);
    if (!this.isUp) {
      this.isUp = true;
      this._keeper.linkUp(this);
    }
    if (!frame.push) this._host.takeSnapshot(frame.channel, frame);
    else this._takePush(frame);
  }

  _takePush(frame) {
    this._host.takePush(frame);
    if (frame.push.some(({ type }) => type === 'token_expired')) this._ended(401);
  }

  _watch(limit) {
    clearTimeout(this._silence);
    this._silence = setTimeout(() => this._end(), limit);
  }

  _end({ code = 0, reason = '' } = {}) {
    if (this._isOver) return;
    this.close();
    this._keeper.linkDown(this, { code, reason });
  }
}
