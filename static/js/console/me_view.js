/** The operator's own: roles and what they may do, logins, second factor, password. */
import { parseServerTime, shortDateTime } from '../format.js';
import { el } from '../ui/elements.js';
import { PasswordField, formOf } from '../ui/fields.js';
import { failurePlace } from '../ui/placeholders.js';
import { showContent } from '../ui/shell.js';
import { showToast } from '../ui/toasts.js';
import { setUp, showRecoveryCodes } from './door.js';
import { ask, isCancelled } from './ops.js';
import { say, sayOr } from './texts.js';

const AUTH = '/api/ops/auth';

export function showMe(main, description, me) {
  const sessions = el('div', {});
  const factor = el('div', {});
  showFactor(factor);
  showContent(main,
    el('h1', { class: 'page-title' }, `${say('me')} · ${me.nickname}`),
    el('div', { class: 'console__columns' },
      section(say('sessions'), sessions),
      section(say('set_up_title'), factor),
      section(say('change_password'), passwordForm()),
      section(say('may'), mayTable(description, me))));
  showSessions(sessions);
  return () => {};
}

function section(heading, content) {
  return el('section', { class: 'console__section' }, el('h2', { class: 'section__title' }, heading), el('div', { class: 'panel' }, content));
}

async function showSessions(place) {
  try {
    const found = await ask('GET', `${AUTH}/sessions`);
    place.replaceChildren(el('ul', { class: 'console__sessions' }, ...found.map((one) => el('li', {},
      el('div', {},
        el('p', {}, shortDateTime(parseServerTime(one.login_at)), ' · ', one.address, one.is_current && el('strong', {}, ` · ${say('session_current')}`)),
        el('p', { class: 'console__agent' }, one.agent)),
      !one.is_current && el('button', { class: 'button button--small', type: 'button', onclick: () => end(one) }, say('session_end'))))));
  } catch (error) {
    place.replaceChildren(failurePlace(error, () => showSessions(place)));
  }

  async function end(one) {
    try {
      await ask('DELETE', `${AUTH}/sessions/${encodeURIComponent(one.id)}`);
      showToast({ text: say('session_ended'), tone: 'good' });
    } catch (error) {
      showToast({ text: error.message, tone: 'bad', isUrgent: true });
    }
    showSessions(place);
  }
}

function showFactor(place) {
  const renew = async () => {
    try {
      const { recovery_codes: codes } = await ask('POST', `${AUTH}/recovery-codes`);
      showRecoveryCodes(place, codes, () => showFactor(place));
    } catch (error) {
      if (!isCancelled(error)) showToast({ text: error.message, tone: 'bad', isUrgent: true });
    }
  };
  place.replaceChildren(el('div', { class: 'console__buttons' },
    el('button', { class: 'button', type: 'button', onclick: () => setUp(place) }, say('set_up_again')),
    el('button', { class: 'button', type: 'button', onclick: renew }, say('recovery_renew'))));
}

function passwordForm() {
  const fields = [
    new PasswordField({ name: 'old', label: say('old'), autocomplete: 'current-password' }),
    new PasswordField({ name: 'password', label: say('new'), autocomplete: 'new-password' }),
    new PasswordField({ name: 'password_confirmation', label: say('again'), autocomplete: 'new-password' }),
  ];
  return formOf({
    fields,
    submit: say('change_password'),
    send: async (values) => {
      await ask('PUT', `${AUTH}/password`, { body: values });
      fields.forEach((field) => { field.value = ''; });
      showToast({ text: say('password_changed'), tone: 'good' });
    },
  });
}

/** Noun by noun, what this reader's roles allow. */
function mayTable(description, me) {
  const rows = description.nouns.map((noun) => {
    const may = [
      say('may_read'),
      noun.addForm && say('add'),
      noun.changeForm && say('edit'),
      noun.mayRemove && say('remove'),
      ...noun.actions.map(({ title }) => title),
    ];
    return el('tr', {}, el('th', { scope: 'row' }, noun.title), el('td', {}, may.filter(Boolean).join('、')));
  });
  return el('div', {},
    el('p', { class: 'dialog__text' }, `${say('roles')}：${me.roles.map((role) => sayOr(`role_${role}`, role)).join('、')}`),
    el('div', { class: 'console__scroll', tabindex: '0', role: 'region', 'aria-label': say('may') },
      el('table', { class: 'console__table' }, el('tbody', {}, ...rows))));
}
