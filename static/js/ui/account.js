/** Signing in and out: the button in the header and the dialog behind it. */
import { logOut } from '../accounts_api.js';
import { signIn } from '../api.js';
import { t } from '../i18n.js';
import { onSessionChange, user } from '../session.js';
import { openDialog } from './dialogs.js';
import { el } from './elements.js';
import { showToast } from './toasts.js';

const LONGEST_NICKNAME = 32;

/** The part of the header that shows who is signed in. */
export function accountButton() {
  const place = el('div', { class: 'account' });
  const show = () => place.replaceChildren(user() ? menu() : signInButton());
  onSessionChange((reason) => {
    show();
    if (reason === 'expired') showToast({ key: 'session', text: t('account.expired'), tone: 'bad' });
  });
  show();
  return place;
}

/** Lets the reader sign in; true once they are. */
export function ensureSignedIn() {
  if (user()) return Promise.resolve(true);
  return new Promise((resolve) => openSignIn(() => resolve(Boolean(user()))));
}

/** Opens the sandbox's dialog; without a sandbox goes to the page for signing in, which leads back here. */
export function openSignIn(onClose) {
  if (!document.documentElement.hasAttribute('data-sandbox')) {
    window.location.assign(signInAddress());
    return;
  }
  const problem = el('p', { class: 'field__problem', role: 'alert' });
  const nickname = el('input', {
    class: 'field__input', id: 'nickname', name: 'nickname', required: true, maxlength: LONGEST_NICKNAME,
    autocomplete: 'nickname', autofocus: true,
  });
  const submit = el('button', { class: 'button button--primary' }, t('account.sign_in'));
  const form = el('form', { class: 'form' },
    el('p', { class: 'dialog__text' }, t('account.explain')),
    el('label', { class: 'field__label', for: 'nickname' }, t('account.nickname')),
    nickname,
    problem,
    el('p', { class: 'dialog__text' }, el('a', { href: signInAddress() }, t('account.by_password'))),
    el('div', { class: 'dialog__actions' },
      el('button', { class: 'button', type: 'button', onclick: () => dialog.close() }, t('account.cancel')),
      submit));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    submit.disabled = true;
    problem.textContent = '';
    try {
      const owner = await signIn(nickname.value.trim());
      dialog.close();
      showToast({ key: 'session', text: t('account.welcome', { name: owner.nickname }) });
    } catch (error) {
      problem.textContent = error.message;
    } finally {
      submit.disabled = false;
    }
  });
  const dialog = openDialog({ title: t('account.title'), content: [form], onClose });
}

function signInAddress() {
  return `/sign-in?${new URLSearchParams({ next: window.location.pathname + window.location.search })}`;
}

function signInButton() {
  return el('button', { class: 'button button--small', type: 'button', onclick: () => openSignIn() }, t('account.sign_in'));
}

function menu() {
  const { nickname } = user();
  const details = el('details', { class: 'menu' },
    el('summary', {
      class: 'button button--plain button--small menu__name', 'aria-label': t('account.menu', { name: nickname }),
    }, nickname),
    el('div', { class: 'menu__list' },
      el('a', { class: 'menu__item', href: '/my' }, t('nav.my')),
      el('a', { class: 'menu__item', href: '/account' }, t('account.mine')),
      el('a', { class: 'menu__item', href: '/account#reminders' }, t('alert.title')),
      el('button', { class: 'menu__item', type: 'button', onclick: () => logOut() }, t('account.sign_out'))));
  details.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget && !details.contains(relatedTarget)) details.open = false;
  });
  details.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') details.open = false;
  });
  document.addEventListener('pointerdown', ({ target }) => {
    if (!details.contains(target)) details.open = false;
  });
  return details;
}
