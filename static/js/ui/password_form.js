/** Changing the password. */
import { changePassword } from '../accounts_api.js';
import { t } from '../i18n.js';
import { el } from './elements.js';
import { PasswordField, formOf } from './fields.js';
import { showToast } from './toasts.js';

export function passwordForm(username) {
  const fields = [
    new PasswordField({ name: 'oldPassword', label: t('password.old'), autocomplete: 'current-password' }),
    new PasswordField({
      name: 'newPassword', label: t('password.new'), hint: t('register.password_hint'), autocomplete: 'new-password',
    }),
    new PasswordField({ name: 'newPassword_confirmation', label: t('password.again'), autocomplete: 'new-password' }),
  ];

  async function send(form) {
    await changePassword(username, form);
    fields.forEach((field) => { field.value = ''; });
    showToast({ key: 'password', text: t('password.done'), tone: 'good' });
  }

  const form = formOf({ fields, send, submit: t('password.send') });
  // Tells password managers whose password it is.
  form.prepend(el('input', { type: 'text', name: 'username', value: username, autocomplete: 'username', hidden: true, readonly: true }));
  return form;
}
