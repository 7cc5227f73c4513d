/** A connection to the live channel: commands as they are written, and every frame of both ways. */
import { el, setText } from '../ui/elements.js';
import { part } from './parts.js';
import { say } from './texts.js';
import { tokenFor } from './tokens.js';

const MOST_FRAMES = 60;
const FIRST = '{"id": 1, "op": "subscribe", "channel": "group:7"}';

export function tryLivePlace() {
  const area = el('textarea', { class: 'field__input try__body', id: 'try-live', rows: 3, spellcheck: 'false' });
  area.value = FIRST;
  const button = el('button', { class: 'button', type: 'button' }, say('connect'));
  const send = el('button', { class: 'button button--primary', disabled: true }, say('send'));
  const status = el('p', { class: 'try__status', role: 'status' });
  const frames = el('pre', { class: 'sample__text try__answer', tabindex: 0, 'aria-label': say('frames'), hidden: true });
  const lines = [];
  let socket = null;

  function note(mark, text) {
    lines.push(`${mark} ${text}`);
    frames.textContent = lines.slice(-MOST_FRAMES).join('\n');
    frames.hidden = false;
    frames.scrollTop = frames.scrollHeight;
  }

  function write(text) {
    note('→', text);
    socket.send(text);
  }

  function open() {
    socket = new WebSocket(`${window.location.origin.replace('http', 'ws')}/ws`);
    socket.addEventListener('open', () => {
      send.disabled = false;
      setText(status, '');
      if (tokenFor('bearer')) socket.send(JSON.stringify({ id: 0, op: 'auth', token: tokenFor('bearer') })); // not shown: it holds the token
    });
    socket.addEventListener('message', ({ data }) => note('←', data));
    socket.addEventListener('close', ({ code }) => {
      socket = null;
      send.disabled = true;
      setText(button, say('connect'));
      setText(status, say('closed_with', { code }));
    });
    setText(button, say('disconnect'));
  }

  button.addEventListener('click', () => (socket ? socket.close() : open()));
  const form = el('form', { class: 'form' },
    el('div', { class: 'field' }, el('label', { class: 'field__label', for: 'try-live' }, say('command')), area),
    el('div', { class: 'form__actions' }, button, send), status, frames);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (socket?.readyState === WebSocket.OPEN) write(area.value.trim());
  });
  return part(say('try'), el('div', { class: 'try' }, form));
}
