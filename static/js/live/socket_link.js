/** One websocket, from its opening to its close. */
import { LiveError, lostConnection } from './errors.js';

const OPENING_LIMIT = 8000; // ms until the first reply; some proxies open a socket and swallow what is sent
const REPLY_LIMIT = 10000; // a peer that has not replied by then is gone
const LOOK_EVERY = 1000;
const QUIET = 2000; // ms without a frame, then it is asked for one: who looks on learns of silence within seconds
const UNSEEN_QUIET = 15000; // two fit into the server's 30 s
const AGAIN_AFTER = 5000; // for what the server could not do just now
const LATER = Symbol('later');
const GONE_AWAY = 4900; // our own: the peer fell silent

/**
 * Sends commands and matches their replies, signs in, subscribes what the host wants, and watches for silence.
 * Calls `keeper.linkUp(link)` after the first reply and `keeper.linkDown(link, {code, reason})` once, at the end.
 */
export class SocketLink {
  constructor(host, keeper, socket) {
    this.via = 'socket';
    this.isUp = false;
    this.user = null;
    this._host = host;
    this._keeper = keeper;
    this._socket = socket;
    this._commands = new Map(); // id → {sentAt, resolve, reject, timer}
    this._lastId = 0;
    this._hasGreeted = false;
    this._isOver = false;
    this._token = null; // the one this socket was last signed in with, or is being
    this._opening = setTimeout(() => this._end(GONE_AWAY, 'did not open'), OPENING_LIMIT);
    socket.onopen = () => this._greet();
    socket.onmessage = ({ data }) => this._take(data);
    socket.onclose = ({ code, reason }) => this._end(code || 1006, reason || '');
    socket.onerror = () => {}; // a close always follows
  }

  /** Sends a command; resolves with its reply, rejects with the refusal or `connection_lost`. */
  send(op, fields = {}) {
    return new Promise((resolve, reject) => {
      if (this._isOver) {
        reject(lostConnection());
        return;
      }
      this._lastId += 1;
      const id = this._lastId;
      const timer = setTimeout(() => this._end(GONE_AWAY, 'no reply'), REPLY_LIMIT);
      this._commands.set(id, { sentAt: this._host.clock.local(), resolve, reject, timer });
      try {
        this._socket.send(JSON.stringify({ id, op, ...fields }));
      } catch {
        this._end(1006, ''); // sent into a socket that just closed: its close event may still be on the way
      }
    });
  }

  /** Signs in with the host's token, once more with a renewed one. */
  async signIn() {
    let { token } = this._host;
    for (let isRenewed = false; token; isRenewed = true) {
      this._token = token;
      try {
        const reply = await this.send('auth', { token });
        this.user = reply.user;
        this._host.signedIn(reply.user, reply.expires_at);
        return;
      } catch (error) {
        if (error.isLostConnection) return;
        const mayRenew = error.isAboutToken && !isRenewed;
        token = mayRenew ? await this._host.renew().catch(() => LATER) : null;
        if (error.isPassing || token === LATER) {
          this._signInLater();
          return;
        }
      }
    }
    this.user = null;
    this._host.signedIn(null, null);
  }

  /** With a token that is new to this socket: what needs a user is taken up again from its cursor. */
  async signInAgain() {
    if (!this._hasGreeted || this._host.token === this._token) return;
    await this.signIn();
    if (this.user) this._host.channels.filter(needsUser).forEach((channel) => this.subscribe(channel));
  }

  /** The server says that the token is no longer good: the same one need not be tried. */
  async tokenEnded() {
    this.user = null;
    this._token = null;
    const token = await this._host.renew().catch(() => LATER);
    if (token === LATER) this._signInLater();
    else if (token) this.signInAgain();
    else this._host.signedIn(null, null);
  }

  _signInLater() {
    this._token = null;
    clearTimeout(this._signingIn);
    if (!this._isOver) this._signingIn = setTimeout(() => this.signInAgain(), AGAIN_AFTER);
  }

  /** Takes up a channel the host added; before the greeting and the sign-in there is nothing to do yet. */
  channelAdded(channel) {
    if (this._hasGreeted && (this.user || !needsUser(channel))) this.subscribe(channel);
  }

  channelRemoved(channel) {
    if (this._hasGreeted) this.send('unsubscribe', { channel }).catch(() => {}); // a lost connection has unsubscribed too
  }

  /** Subscribes and hands over what was missed. */
  async subscribe(channel, { isSecondTry = false } = {}) {
    const cursor = this._host.cursorOf(channel);
    try {
      const reply = await this.send('subscribe', cursor ? { channel, cursor } : { channel });
      this._host.takeSnapshot(channel, reply);
    } catch (error) {
      if (error.isLostConnection) return;
      if (error.isPassing) {
        setTimeout(() => { if (this._host.channels.includes(channel)) this.subscribe(channel); }, AGAIN_AFTER);
      } else if (error.isAboutToken && !isSecondTry) {
        await this.signIn();
        if (this.user) await this.subscribe(channel, { isSecondTry: true });
      } else {
        this._host.refuseChannel(channel, error);
      }
    }
  }

  /** Asks for a sign of life now instead of when it has become quiet; once at a time. */
  ping() {
    if (this._isOver || this._isAsked) return;
    this._isAsked = true;
    this.send('ping').catch(() => {}).finally(() => { this._isAsked = false; }); // its end is reported by the link itself
  }

  /** Ends it without a word to the host. */
  close() {
    this._over();
    try {
      this._socket.close(1000, '');
    } catch {
      // Some sockets refuse to be closed before they opened; their late events are ignored.
    }
  }

  async _greet() {
    this._hasGreeted = true;
    const forAnyone = this._host.channels.filter((channel) => !needsUser(channel));
    forAnyone.forEach((channel) => this.subscribe(channel));
    if (this._host.token) await this.signInAgain();
    else if (forAnyone.length === 0) this.send('ping').catch(() => {}); // a socket is up when it is answered
  }

  _take(text) {
    const frame = JSON.parse(text);
    const { clock } = this._host;
    this._host.heard();
    const command = this._commands.get(frame.id);
    if (command) {
      this._commands.delete(frame.id);
      clearTimeout(command.timer);
      clock.measure(command.sentAt, frame.ts);
      if (!this.isUp) this._up();
      if (frame.ok) command.resolve(frame);
      else command.reject(new LiveError(frame));
    } else if (frame.ts) {
      clock.hear(frame.ts);
    }
    if (frame.push) this._host.takePush(frame);
    if (frame.push?.some(({ type }) => type === 'token_expired')) this.tokenEnded();
  }

  _up() {
    this.isUp = true;
    clearTimeout(this._opening);
    this._looking = setInterval(() => this._look(), LOOK_EVERY);
    this._keeper.linkUp(this);
  }

  _look() {
    if (this._host.silence() >= (this._host.isSeen ? QUIET : UNSEEN_QUIET)) this.ping();
  }

  _end(code, reason) {
    if (this._isOver) return;
    this.close();
    this._keeper.linkDown(this, { code, reason });
  }

  _over() {
    this._isOver = true;
    clearInterval(this._looking);
    [this._opening, this._signingIn].forEach(clearTimeout);
    this._commands.forEach(({ reject, timer }) => {
      clearTimeout(timer);
      reject(lostConnection());
    });
    this._commands.clear();
  }
}

export function needsUser(channel) {
  return ['me', 'watched', 'ops'].includes(channel);
}
