/** Trying one endpoint, on the server that the page comes from. */
import { el, setText } from '../ui/elements.js';
import { part } from './parts.js';
import { say } from './texts.js';
import { keepToken, tokenFor, tokenIn } from './tokens.js';

const MOST_SHOWN = 20000; // characters of an answer
const TEXT = /json|text|csv|html|javascript|xml/;

export function tryPlace(operation, schemas) {
  const place = el('div', { class: 'try' });
  const open = el('button', { class: 'button button--small', type: 'button' }, say('try'));
  open.addEventListener('click', () => {
    place.replaceChildren(new Trial(operation, schemas).element);
    place.querySelector('input, textarea, button').focus();
  });
  place.append(open);
  return part(say('try'), place);
}

class Trial {
  constructor(operation, schemas) {
    this._operation = operation;
    const given = (operation.parameters ?? []).filter(({ name }) => name !== 'parameters'); // those are any names
    this._fields = given.map((one) => new Given(one, schemas));
    this._body = bodyField(operation, schemas);
    this._button = el('button', { class: 'button button--primary' }, say('send'));
    this._status = el('p', { class: 'try__status', role: 'status' });
    this._shown = el('pre', { class: 'sample__text try__answer', tabindex: 0, hidden: true });
    this._keep = el('button', { class: 'button button--small', type: 'button', hidden: true }, say('keep_token'));
    this._token = null;
    this._keep.addEventListener('click', () => {
      keepToken(this._token.scheme, this._token.token);
      setText(this._keep, say('token_kept'));
    });
    this.element = el('form', { class: 'form', novalidate: true },
      ...this._fields.map(({ element }) => element),
      this._body?.element,
      operation.method !== 'GET' && el('p', { class: 'endpoint__note' }, say('try_note')),
      el('div', { class: 'form__actions' }, this._button),
      this._status, this._keep, this._shown);
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this._send();
    });
  }

  async _send() {
    let body;
    try {
      body = this._body?.read();
    } catch (error) {
      this._tell(say('not_json', { reason: error.message }));
      return;
    }
    this._button.disabled = true;
    this._keep.hidden = true;
    this._tell(say('sending'));
    const began = performance.now();
    try {
      const response = await fetch(this._address(), { method: this._operation.method, body, headers: this._headers(body) });
      const text = TEXT.test(response.headers.get('Content-Type') ?? '') ? await response.text() : '';
      this._showAnswer(text);
      this._tell(`${response.status} ${response.statusText} · ${Math.round(performance.now() - began)} ms${this._hint(response.status)}`);
    } catch (error) {
      this._tell(say('unreachable', { reason: error.message }));
    } finally {
      this._button.disabled = false;
      if (document.activeElement === document.body) this._button.focus(); // a button that is disabled loses it
    }
  }

  get _scheme() {
    return Object.keys(this._operation.security.find((way) => Object.keys(way).length > 0) ?? {})[0];
  }

  _hint(status) {
    return status === 401 && !tokenFor(this._scheme) ? ` · ${say('needs_token_first')}` : '';
  }

  _address() {
    const { path } = this._operation;
    const values = (kind) => this._fields.filter((field) => field.kind === kind && field.value !== '');
    const filled = values('path').reduce((text, { name, value }) => text.replace(`{${name}}`, encodeURIComponent(value)), path);
    const query = new URLSearchParams(values('query').map(({ name, value }) => [name, value]));
    if (this._scheme === 'token' && tokenFor('token')) query.set('token', tokenFor('token'));
    return query.size > 0 ? `${filled}?${query}` : filled;
  }

  _headers(body) {
    const given = this._fields.filter((field) => field.kind === 'header' && field.value !== '').map(({ name, value }) => [name, value]);
    return {
      Accept: 'application/json',
      'Accept-Language': document.documentElement.lang,
      ...(body === undefined || body instanceof Blob ? {} : { 'Content-Type': 'application/json' }),
      ...(this._scheme === 'bearer' && tokenFor('bearer') ? { Authorization: `Bearer ${tokenFor('bearer')}` } : {}),
      ...Object.fromEntries(given),
    };
  }

  _showAnswer(text) {
    let shown = text;
    try {
      const answer = JSON.parse(text);
      shown = JSON.stringify(answer, null, 2);
      this._token = tokenIn(this._operation.path, answer);
      this._keep.hidden = !this._token;
      setText(this._keep, say('keep_token'));
    } catch {
      // A page, a sheet, or nothing.
    }
    const rest = shown.length - MOST_SHOWN;
    this._shown.textContent = rest > 0 ? `${shown.slice(0, MOST_SHOWN)}\n${say('answer_cut', { count: rest })}` : shown;
    this._shown.hidden = shown === '';
  }

  _tell(text) {
    setText(this._status, text);
  }
}

let count = 0;

/** One parameter. */
class Given {
  constructor({ name, in: kind, schema, required }, schemas) {
    count += 1;
    const id = `try-${count}`;
    this.name = name;
    this.kind = kind;
    const value = required ? String(schemas.example(schema) ?? '') : '';
    this._input = el('input', { class: 'field__input', id, value, autocomplete: 'off', spellcheck: 'false' });
    this.element = el('div', { class: 'field' },
      el('label', { class: 'field__label', for: id }, el('code', {}, name), required ? ` ${say('required')}` : ''),
      this._input);
  }

  get value() {
    return this._input.value.trim();
  }
}

/** The body: JSON, or a file; null if there is none. */
function bodyField({ requestBody }, schemas) {
  if (!requestBody) return null;
  count += 1;
  const id = `try-${count}`;
  const json = requestBody.content['application/json'];
  if (!json) {
    const input = el('input', { type: 'file', id });
    const element = el('div', { class: 'field' }, el('label', { class: 'field__label', for: id }, say('file')), input);
    return { element, read: () => input.files[0] };
  }
  const fields = ({ isRequired, field }) => isRequired || Boolean(field.examples);
  const example = JSON.stringify(schemas.example(json.schema.anyOf?.[0] ?? json.schema, { fields }), null, 2);
  const area = el('textarea', { class: 'field__input try__body', id, rows: Math.min(12, example.split('\n').length + 1), spellcheck: 'false' });
  area.value = example;
  return {
    element: el('div', { class: 'field' }, el('label', { class: 'field__label', for: id }, say('body')), area),
    read: () => (area.value.trim() ? JSON.stringify(JSON.parse(area.value)) : undefined),
  };
}
