/** The reader's own account: profile, addresses, password. */
import { getProfile, listAddresses } from './accounts_api.js';
import { readReach } from './alerts.js';
import { t } from './i18n.js';
import { lastAsked } from './last_asked.js';
import { Notices } from './notices.js';
import { openLive } from './page_live.js';
import { onUserChange, user } from './session.js';
import { AddressBook } from './ui/address_book.js';
import { alertSettings } from './ui/alert_settings.js';
import { el } from './ui/elements.js';
import { passwordForm } from './ui/password_form.js';
import { emptyPlace, failurePlace, linkButton, skeleton } from './ui/placeholders.js';
import { profileForm } from './ui/profile_form.js';
import { dressPage, showContent } from './ui/shell.js';

const main = dressPage(t('account.mine'));
const asking = lastAsked();

openLive({ notices: new Notices() });
load();
onUserChange(load);

async function load() {
  const isLast = asking();
  if (!user()) {
    showContent(main, title(), askToSignIn());
    return;
  }
  showContent(main, title(), skeleton(3, 'row'));
  try {
    const [profile, addresses, reach] = await Promise.all([getProfile(), listAddresses(), readReach()]);
    if (!isLast()) return;
    showContent(main, title(), el('div', { class: 'account-page' },
      el('div', { class: 'account-page__column' },
        section(t('profile.title'), null, profileForm(profile))),
      el('div', { class: 'account-page__column' },
        section(t('address.title'), null, new AddressBook(addresses).element),
        section(t('alert.title'), t('alert.note'), alertSettings(reach.quiet), 'reminders'),
        profile.username && section(t('password.title'), t('password.note'), passwordForm(profile.username)))));
    if (window.location.hash) document.getElementById(window.location.hash.slice(1))?.scrollIntoView();
  } catch (error) {
    if (!isLast()) return;
    if (error.status === 401) showContent(main, title(), askToSignIn());
    else showContent(main, title(), failurePlace(error, load));
  }
}

function section(heading, note, content, id = null) {
  return el('section', { id },
    el('h2', { class: 'section__title' }, heading, note && el('small', { class: 'section__note' }, note)),
    el('div', { class: 'panel' }, content));
}

function askToSignIn() {
  return emptyPlace({ text: t('account.mine_needed'), action: linkButton(t('login.send'), '/sign-in?next=/account') });
}

function title() {
  return el('h1', { class: 'page-title' }, t('account.mine'));
}
