/** What screen readers say of something that changes often: the newest, and not more often than it can be listened to. */
import { el, setText } from './elements.js';

const PAUSE = 4000; // ms; a sentence takes about as long

/** `element` goes into the page, where it is not seen. */
export class Spoken {
  constructor() {
    this.element = el('p', { class: 'only-heard', role: 'status' });
    this._newest = '';
    this._timer = null;
  }

  say(text) {
    this._newest = text;
    if (this._timer || this.element.textContent === text) return;
    setText(this.element, text);
    this._timer = setTimeout(() => {
      this._timer = null;
      this.say(this._newest);
    }, PAUSE);
  }
}
