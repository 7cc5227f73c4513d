/** Registration by invitation. */
import { logIn, register } from './accounts_api.js';
import { t } from './i18n.js';
import { leaveOnceSignedIn } from './return_address.js';
import { CaptchaField } from './ui/captcha_field.js';
import { el } from './ui/elements.js';
import { Field, PasswordField, formOf } from './ui/fields.js';
import { dressPage, showContent } from './ui/shell.js';

const main = dressPage(t('register.title'));

if (!leaveOnceSignedIn()) {
  showContent(main, card());
  [...main.querySelectorAll('input')].find((input) => !input.value).focus();
}

function card() {
  const invited = new URLSearchParams(window.location.search).get('invitation') ?? '';
  const name = new Field({
    name: 'name', label: t('register.name'), hint: t('register.name_hint'), autocomplete: 'name', maxlength: 32,
  });
  const nickname = new Field({
    name: 'nickname', label: t('register.nickname'), hint: t('register.nickname_hint'), autocomplete: 'nickname', maxlength: 32,
    required: false,
  });
  const username = new Field({
    name: 'username', label: t('login.username'), hint: t('register.username_hint'), autocomplete: 'username', maxlength: 32,
    autocapitalize: 'none', spellcheck: 'false',
  });
  const password = new PasswordField({
    name: 'password', label: t('login.password'), hint: t('register.password_hint'), autocomplete: 'new-password',
  });
  const again = new PasswordField({ name: 'password_confirmation', label: t('register.password_again'), autocomplete: 'new-password' });
  const invitation = new Field({
    name: 'invitation_code', label: t('register.invitation'), maxlength: 32, autocapitalize: 'characters', spellcheck: 'false',
    value: invited,
  });
  const captcha = new CaptchaField(() => username.value);
  username.input.addEventListener('change', () => captcha.renew());

  async function send(form) {
    await register({ ...form, captcha_key: captcha.key });
    await logIn({ username: form.username, password: form.password }).catch(() => {
      const query = new URLSearchParams(window.location.search);
      query.set('username', form.username);
      window.location.replace(`/sign-in?${query}`); // too many have failed from here: there it is said until when
    });
  }

  /** What is wrong with the form costs no picture; everything else has spent it. */
  function onRefused({ data, status }) {
    const isOfTheForm = status === 422 && !data.captcha_code;
    if (!isOfTheForm) captcha.renew();
  }

  return el('section', { class: 'narrow' },
    el('h1', { class: 'page-title' }, t('register.title')),
    el('p', { class: 'page-note' }, t('register.explain')),
    el('div', { class: 'panel' }, formOf({
      fields: [invitation, name, nickname, username, password, again, captcha], send, submit: t('register.send'), onRefused,
    })),
    el('p', { class: 'narrow__other' }, t('register.has_account'), ' ',
      el('a', { href: `/sign-in${window.location.search}` }, t('login.send'))));
}
