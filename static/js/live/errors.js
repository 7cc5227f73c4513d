/** The one error of the live client. */

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

  get isLostConnection() {
    return this.error === 'connection_lost';
  }
}

export function lostConnection() {
  return new LiveError({ error: 'connection_lost' });
}
