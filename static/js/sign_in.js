/** Signing in by password. */
import { logIn } from './accounts_api.js';
import { t } from './i18n.js';
import { leaveOnceSignedIn } from './return_address.js';
import { CaptchaField } from './ui/captcha_field.js';
import { el } from './ui/elements.js';
import { Field, PasswordField, formOf } from './ui/fields.js';
import { dressPage, showContent } from './ui/shell.js';

const main = dressPage(t('login.title'));

if (!leaveOnceSignedIn()) {
  showContent(main, card());
  [...main.querySelectorAll('input')].find((input) => !input.value).focus();
}

function card() {
  const username = new Field({
    name: 'username', label: t('login.username'), autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', maxlength: 32,
    value: new URLSearchParams(window.location.search).get('username') ?? '',
  });
  const password = new PasswordField({ name: 'password', label: t('login.password'), autocomplete: 'current-password' });
  const captcha = new CaptchaField(() => username.value);
  const risky = el('div', { class: 'form', hidden: true }, el('p', { class: 'page-note' }, t('login.risky')), captcha.element);
  username.input.addEventListener('change', () => { if (!risky.hidden) captcha.renew(); });

  async function send({ captcha_code: code, ...form }) {
    const answer = risky.hidden ? {} : { captcha_key: captcha.key, captcha_code: code };
    await logIn({ ...form, ...answer });
  }

  /** Shown from the moment it is taken instead of waiting; each try has spent the picture before. */
  function onRefused({ data }) {
    if (data.captcha) risky.hidden = false;
    if (!risky.hidden) captcha.renew();
  }

  return el('section', { class: 'narrow' },
    el('h1', { class: 'page-title' }, t('login.title')),
    el('div', { class: 'panel' }, formOf({
      fields: [username, password, captcha],
      layout: [username.element, password.element, risky],
      send,
      submit: t('login.send'),
      onRefused,
    })),
    el('p', { class: 'narrow__other' }, t('login.no_account'), ' ',
      el('a', { href: `/register${window.location.search}` }, t('login.register'))));
}
