/** The door: signing in with a second factor, and setting one up. */
import { call } from '../api.js';
import { keepToken } from '../session.js';
import { el } from '../ui/elements.js';
import { Field, PasswordField, formOf } from '../ui/fields.js';
import { showContent } from '../ui/shell.js';
import { ask, isCancelled } from './ops.js';
import { say } from './texts.js';

const AUTH = '/ops/auth';
const CODE_NEEDED = 'code_needed';
const CODE_WRONG = 'code_wrong';

let isFirstStep = false; // the login has to set up the second factor before it is good for anything else

/** Whether the page's login is one. */
export const isInFirstStep = () => isFirstStep;

/** Shows it; the session changes once somebody is in. @param {{note?: string}} options */
export function showDoor(main, { note } = {}) {
  const name = new Field({ name: 'name', label: say('name'), autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', maxlength: 128 });
  const password = new PasswordField({ name: 'password', label: say('password'), autocomplete: 'current-password' });
  const code = new Field({ name: 'code', label: say('code'), autocomplete: 'one-time-code', maxlength: 64 });
  code.element.hidden = true;
  const form = formOf({
    fields: [name, password, code],
    submit: say('sign_in'),
    send: async ({ name: who, password: secret, code: given }) => {
      const body = { name: who, password: secret, ...(given ? { code: given } : {}) };
      await enter(await call('POST', `${AUTH}/login`, { body, bearer: '' }));
    },
    onRefused: ({ error }) => {
      if (error !== CODE_NEEDED && error !== CODE_WRONG) return;
      code.element.hidden = false;
      code.input.focus();
      if (error === CODE_WRONG) code.input.select();
    },
  });
  showContent(main, el('section', { class: 'narrow' },
    el('h1', { class: 'page-title' }, say('sign_in_title')),
    note && el('p', { class: 'page-note', role: 'status' }, note),
    el('div', { class: 'panel' }, form)));
  name.input.focus();
}

/** Takes a login's answer into use. */
async function enter(token) {
  const me = await call('GET', `${AUTH}/me`, { bearer: token.access_token });
  isFirstStep = token.must_set_up;
  keepToken(token, { id: me.id, nickname: me.nickname });
}

/** Sets up a second factor, the first or another; the session changes when the recovery codes were kept. */
export function setUp(place) {
  const begin = el('button', { class: 'button button--primary', type: 'button', onclick: () => start() }, say('set_up_begin'));
  const problem = el('p', { class: 'field__problem', role: 'alert' });
  place.replaceChildren(el('p', { class: 'dialog__text' }, say('set_up_explain')), begin, problem);

  async function start() {
    try {
      show(await ask('POST', `${AUTH}/second-factor`));
    } catch (error) {
      if (!isCancelled(error)) problem.textContent = error.message;
    }
  }

  function show({ secret, qr }) {
    const code = new Field({ name: 'code', label: say('code'), autocomplete: 'one-time-code', inputmode: 'numeric', maxlength: 64 });
    const form = formOf({
      fields: [code],
      submit: say('confirm'),
      send: async ({ code: given }) => {
        const { recovery_codes: codes, token } = await ask('PUT', `${AUTH}/second-factor`, { body: { code: given } });
        showRecoveryCodes(place, codes, () => enter(token));
      },
    });
    place.replaceChildren(
      el('p', { class: 'dialog__text' }, say('set_up_explain')),
      el('img', { class: 'console__qr', src: qr, alt: say('qr'), width: 220, height: 220 }),
      el('p', {}, say('secret'), '：', el('code', { class: 'console__secret' }, secret)),
      form);
    code.input.focus();
  }
}

/** Shows them, this once. */
export function showRecoveryCodes(place, codes, onDone) {
  const kept = el('button', { class: 'button button--primary', type: 'button', onclick: onDone }, say('kept'));
  place.replaceChildren(
    el('h2', { class: 'section__title' }, say('recovery_title')),
    el('p', { class: 'dialog__text' }, say('recovery_explain')),
    el('ul', { class: 'console__codes' }, ...codes.map((code) => el('li', {}, el('code', {}, code)))),
    kept);
  kept.focus();
}

/** Who is in, with their roles. Rejects with ApiError where the login is good for nothing here. */
export async function getMe() {
  const [me] = await Promise.all([call('GET', `${AUTH}/me`), call('GET', `${AUTH}/sessions`)]); // the second asks for both steps
  return me;
}
