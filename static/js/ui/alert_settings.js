/** How the reader is reached while they look elsewhere: sound and notifications of this browser, quiet hours of the account. */
import { alertChoices, chooseNotices, chooseSound, dropQuiet, noticesState, saveQuiet } from '../alerts.js';
import { t } from '../i18n.js';
import { el, setText } from './elements.js';
import { Field, formOf } from './fields.js';
import { showToast } from './toasts.js';

/** @param {{begin: string, end: string}|null} quiet */
export function alertSettings(quiet) {
  return el('div', { class: 'form' }, soundSwitch(), noticesButton(), quietForm(quiet));
}

function soundSwitch() {
  const box = el('input', { type: 'checkbox', id: 'alert-sound', checked: alertChoices().sound, 'aria-describedby': 'alert-sound-hint' });
  box.addEventListener('change', () => chooseSound(box.checked));
  return el('div', { class: 'field' },
    el('label', { class: 'choice', for: 'alert-sound' }, box, el('span', {}, t('alert.sound'))),
    el('p', { class: 'field__hint', id: 'alert-sound-hint' }, t('alert.sound_hint')));
}

function noticesButton() {
  const button = el('button', { class: 'button button--small', type: 'button', 'aria-describedby': 'alert-notices' });
  const hint = el('p', { class: 'field__hint', id: 'alert-notices', role: 'status' });
  const show = () => {
    const state = noticesState();
    setText(button, t(state === 'on' ? 'alert.notices_off' : 'alert.notices_on'));
    button.hidden = ['denied', 'unsupported'].includes(state);
    setText(hint, t(`alert.notices_${state}_hint`));
  };
  button.addEventListener('click', async () => {
    await chooseNotices(noticesState() !== 'on');
    show();
  });
  show();
  return el('div', { class: 'field' }, el('p', {}, button), hint);
}

function quietForm(quiet) {
  const begin = new Field({ name: 'begin', label: t('alert.quiet_begin'), type: 'time', required: true });
  const end = new Field({ name: 'end', label: t('alert.quiet_end'), type: 'time', required: true });
  const none = el('button', { class: 'button', type: 'button' }, t('alert.quiet_none'));
  const take = (hours) => {
    begin.value = hours?.begin ?? '';
    end.value = hours?.end ?? '';
    none.hidden = !hours;
  };
  async function send(hours) {
    take((await saveQuiet(hours)).quiet);
    showToast({ key: 'quiet', text: t('profile.saved'), tone: 'good' });
  }
  none.addEventListener('click', async () => {
    try {
      take((await dropQuiet()).quiet);
      showToast({ key: 'quiet', text: t('profile.saved'), tone: 'good' });
      begin.input.focus();
    } catch (error) {
      showToast({ key: 'quiet', text: error.message, tone: 'bad' });
    }
  });
  take(quiet);
  const form = formOf({
    fields: [begin, end], send, submit: t('alert.quiet_save'), actions: [none], layout: [el('div', { class: 'quiet' }, begin.element, end.element)],
  });
  return el('fieldset', { class: 'quiet-place' },
    el('legend', { class: 'field__label' }, t('alert.quiet')),
    el('p', { class: 'field__hint' }, t('alert.quiet_hint')),
    form);
}
