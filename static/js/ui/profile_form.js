/** What the reader tells of themselves. */
import { saveProfile, uploadAvatar } from '../accounts_api.js';
import { t } from '../i18n.js';
import { shrink } from '../pictures.js';
import { el } from './elements.js';
import { Field, formOf } from './fields.js';
import { showToast } from './toasts.js';

const KINDS = 'image/jpeg,image/png,image/webp,image/gif';

/** @param {{id: number, username: string, name: string, nickname: string, email: string, phone: string, avatar: string}} profile */
export function profileForm(profile) {
  const name = new Field({ name: 'name', label: t('register.name'), hint: t('register.name_hint'), autocomplete: 'name', maxlength: 32 });
  const nickname = new Field({
    name: 'nickname', label: t('register.nickname'), hint: t('profile.nickname_hint'), autocomplete: 'nickname', maxlength: 32,
  });
  const email = new Field({ name: 'email', label: t('profile.email'), type: 'email', autocomplete: 'email', maxlength: 254 });
  const phone = new Field({ name: 'phone', label: t('profile.phone'), type: 'tel', autocomplete: 'tel', maxlength: 20 });
  const fields = [nickname, name, email, phone];
  fields.forEach((field) => { field.value = profile[field.name]; });

  async function send(values) {
    const saved = await saveProfile(profile.id, values);
    fields.forEach((field) => { field.value = saved[field.name]; });
    showToast({ key: 'profile', text: t('profile.saved'), tone: 'good' });
  }

  return el('div', { class: 'form' }, avatarPicker(profile), formOf({ fields, send, submit: t('profile.save') }));
}

function avatarPicker({ username, nickname: name, avatar }) {
  const picture = el('img', { class: 'avatar', alt: t('profile.avatar', { name }), width: 72, height: 72 });
  const letter = el('span', { class: 'avatar avatar--letter', 'aria-hidden': 'true' }, [...name][0] ?? '');
  const problem = el('p', { class: 'field__problem', role: 'alert' });
  const input = el('input', { class: 'avatar-picker__input', type: 'file', accept: KINDS, id: 'avatar' });
  show(avatar);
  picture.addEventListener('error', () => show('')); // a picture of elsewhere that is gone
  input.addEventListener('change', upload);

  function show(address) {
    picture.hidden = !address;
    letter.hidden = Boolean(address);
    if (address) picture.src = address;
  }

  async function upload() {
    const [file] = input.files;
    if (!file) return;
    problem.textContent = '';
    input.disabled = true;
    try {
      show((await uploadAvatar(await shrink(file))).avatar);
      showToast({ key: 'profile', text: t('profile.saved'), tone: 'good' });
    } catch (error) {
      problem.textContent = error.data?.avatar?.join(' ') ?? error.data?.body?.join(' ') ?? error.message;
    } finally {
      input.disabled = false;
      input.value = ''; // the same file may be chosen again
    }
  }

  return el('div', { class: 'avatar-picker' },
    picture, letter,
    el('div', {},
      username && el('p', { class: 'avatar-picker__name' }, t('profile.username', { name: username })),
      input,
      el('label', { class: 'button button--small', for: 'avatar' }, t('profile.change_avatar')),
      el('p', { class: 'field__hint' }, t('profile.avatar_note')),
      problem));
}
