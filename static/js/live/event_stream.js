/** The text/event-stream format, piece by piece. */

/** Cuts arriving text into events and hands each `{id, data}` to `onEvent`. */
export class EventStreamParser {
  constructor(onEvent) {
    this._onEvent = onEvent;
    this._rest = '';
    this._lines = [];
    this.lastId = '';
  }

  feed(text) {
    // A lone CR at the end may be half of a CRLF: it waits for the next piece.
    const lines = (this._rest + text).split(/\r\n|\n|\r(?!$)/);
    this._rest = lines.pop();
    lines.forEach((line) => this._take(line));
  }

  _take(line) {
    if (line === '') {
      if (this._lines.length > 0) this._onEvent({ id: this.lastId, data: this._lines.join('\n') });
      this._lines = [];
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this._lines.push(value);
    else if (field === 'id') this.lastId = value;
  }
}
