/** Modal dialogs on the browser's own <dialog>. */
import { t } from '../i18n.js';
import { el, setText } from './elements.js';

let count = 0;

/**
 * Shows a dialog and removes it again when it closes.
 * @param {{title: string, content: Node[], onClose?: (value: string) => void}} options
 * @returns {HTMLDialogElement} its `returnValue` is empty when it was dismissed
 */
export function openDialog({ title, content, onClose }) {
  count += 1;
  const id = `dialog-title-${count}`;
  const dialog = el('dialog', { class: 'dialog', 'aria-labelledby': id },
    el('h2', { id, class: 'dialog__title' }, title),
    ...content);
  dialog.addEventListener('close', () => {
    dialog.remove();
    onClose?.(dialog.returnValue);
  });
  // A press on the backdrop lands on the dialog itself, outside its box.
  dialog.addEventListener('pointerdown', ({ target, clientX, clientY }) => {
    const box = dialog.getBoundingClientRect();
    const isInside = clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
    if (target === dialog && !isInside) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Asks a question; true only when it was answered with `yes`. */
export function confirmDialog({ title, text, yes, no }) {
  return openQuestion({ title, text, yes, no }).answer;
}

/**
 * The same for a question that changes while it is asked.
 * @returns {{answer: Promise<boolean>, say: (text: string) => void, withdraw: () => void}}
 */
export function openQuestion({ title, text, yes, no = t('account.cancel') }) {
  const words = el('p', { class: 'dialog__text', 'aria-live': 'polite' }, text);
  let dialog = null;
  const answer = new Promise((resolve) => {
    dialog = openDialog({
      title,
      content: [
        words,
        el('form', { method: 'dialog', class: 'dialog__actions' },
          el('button', { class: 'button', value: '' }, no),
          el('button', { class: 'button button--primary', value: 'yes', autofocus: true }, yes)),
      ],
      onClose: (value) => resolve(value === 'yes'),
    });
  });
  return { answer, say: (now) => setText(words, now), withdraw: () => dialog.close('') };
}
