/** Labelled fields, and forms that show the server's words beside the field they are about. */
import { t } from '../i18n.js';
import { el } from './elements.js';

let count = 0;

/** One labelled input. `about` are attributes of the input. */
export class Field {
  constructor({ name, label, hint, isWide, ...about }) {
    count += 1;
    const id = `field-${count}`;
    this.name = name;
    this._about = { class: 'field__input', id, name, 'aria-describedby': `${id}-hint ${id}-problem`, autocomplete: 'off', ...about };
    this.input = el('input', this._about);
    this._problem = el('p', { class: 'field__problem', id: `${id}-problem` });
    this.element = el('div', { class: isWide ? 'field field--wide' : 'field' },
      el('label', { class: 'field__label', for: id }, label),
      this._row(),
      hint && el('p', { class: 'field__hint', id: `${id}-hint` }, hint),
      this._problem);
    this.element.addEventListener('input', () => this.showProblem(''));
  }

  /** Without the space that keyboards add after a word. */
  get value() {
    return this.input.value.trim();
  }

  set value(text) {
    this.input.value = text;
  }

  showProblem(text) {
    this._problem.textContent = text;
    if (text) this.input.setAttribute('aria-invalid', 'true');
    else this.input.removeAttribute('aria-invalid');
  }

  _row() {
    return this.input;
  }
}

/** A password, which can be looked at while it is typed. */
export class PasswordField extends Field {
  constructor(options) {
    super({ type: 'password', autocapitalize: 'none', spellcheck: 'false', ...options });
  }

  get value() {
    return this.input.value;
  }

  set value(text) {
    this.input.value = text;
  }

  _row() {
    const toggle = el('button', { class: 'button button--plain button--small field__toggle', type: 'button' }, t('password.show'));
    toggle.addEventListener('click', () => {
      const isHidden = this.input.type === 'password';
      this.input.type = isHidden ? 'text' : 'password';
      toggle.textContent = t(isHidden ? 'password.hide' : 'password.show');
      this.input.focus();
    });
    return el('div', { class: 'field__row' }, this.input, toggle);
  }
}

/** A text that is picked from a list, or typed where there is none. */
export class PickedField extends Field {
  get isPicked() {
    return this.input.tagName === 'SELECT';
  }

  /** These texts to choose from; `hint` stands there until one is chosen. Without any it waits. */
  offer(texts, hint) {
    const { maxlength, value, ...about } = this._about;
    const options = texts.map((text) => el('option', {}, text));
    this._put(el('select', { ...about, disabled: texts.length === 0 }, el('option', { value: '' }, hint), ...options));
  }

  free(text) {
    this._put(el('input', this._about));
    this.value = text;
  }

  hide() {
    this.free('');
    this.element.hidden = true;
  }

  _put(input) {
    this.element.hidden = false;
    this.input.replaceWith(input);
    this.input = input;
  }
}

/**
 * A form of fields. `send(values)` does the work; what the server finds wrong stands beside its field, the rest above the button.
 * @param {{fields: Field[], send: (values: object) => Promise<void>, submit: string, layout?: Node[], actions?: Node[],
 *   onRefused?: (error: Error) => void}} options
 */
export function formOf({ fields, send, submit, layout, actions = [], onRefused }) {
  const problem = el('p', { class: 'field__problem', role: 'alert' });
  const button = el('button', { class: 'button button--primary' }, submit);
  const form = el('form', { class: 'form', novalidate: true },
    ...(layout ?? fields.map((field) => field.element)),
    problem,
    el('div', { class: 'form__actions' }, ...actions, button));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const focused = document.activeElement;
    button.disabled = true;
    problem.textContent = '';
    fields.forEach((field) => field.showProblem(''));
    try {
      await send(Object.fromEntries(fields.map((field) => [field.name, field.value])));
    } catch (error) {
      problem.textContent = showProblems(fields, error);
      onRefused?.(error);
    } finally {
      button.disabled = false;
      if (document.activeElement === document.body) focused.focus(); // a button that is disabled loses it
    }
  });
  return form;
}

/** Puts each problem beside its field; gives what belongs to none. */
function showProblems(fields, error) {
  const concerned = fields.filter((field) => Array.isArray(error.data?.[field.name]));
  concerned.forEach((field) => field.showProblem(error.data[field.name].join(' ')));
  concerned[0]?.input.focus();
  return concerned.length > 0 ? '' : error.message;
}
