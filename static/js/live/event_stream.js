/** The text/event-stream format, piece by piece. */

/** Cuts arriving text into events and hands each `{event, data}` to `onEvent`; ids are not needed. */
export class EventStreamParser {
  constructor(onEvent) {
    this._onEvent = onEvent;
    this._rest = '';
    this._lines = [];
    this._event = 'message';
  }

  feed(text) {
    // A lone CR at the end may be half of a CRLF: it waits for the next piece.
    const lines = (this._rest + text).split(/\r\n|\n|\r(?!$)/);
    this._rest = lines.pop();
    lines.forEach((line) => this._take(line));
  }

  _take(line) {
    if (line === '') {
      if (this._lines.length > 0) this._onEvent({ event: this._event, data: this._lines.join('\n') });
      this._lines = [];
      this._event = 'message';
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this._lines.push(value);
    else if (field === 'event') this._event = value;
  }
}
