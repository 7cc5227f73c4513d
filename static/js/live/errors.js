/** The one error of the live client. */

const ABOUT_TOKEN = ['token_expired', 'token_invalid', 'unauthenticated'];
const PASSING = ['too_many_requests', 'unavailable', 'internal_error'];

/** A refusal by the server, or a connection that was lost (`error` is then `connection_lost`). */
export class LiveError extends Error {
  /** @param {{error: string, message?: string}} reply the server's refusal, with whatever else it said */
  constructor(reply) {
    super(reply.message || reply.error);
    this.name = 'LiveError';
    this.error = reply.error;
    this.reply = reply;
    this.current = reply.current;
    this.minimum = reply.minimum;
  }

  /** The token is not good (any more); another one may be. */
  get isAboutToken() {
    return ABOUT_TOKEN.includes(this.error);
  }

  /** The same request may succeed a little later. */
  get isPassing() {
    return PASSING.includes(this.error);
  }

  get isLostConnection() {
    return this.error === 'connection_lost';
  }
}

export function lostConnection() {
  return new LiveError({ error: 'connection_lost' });
}
