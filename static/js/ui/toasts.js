/** Short notices in the corner, read out by screen readers. */
import { t } from '../i18n.js';
import { el } from './elements.js';

const SHOWN_FOR = 6000; // ms
const SHOWN_WITH_ACTION_FOR = 20000; // long enough to reach its button by keyboard
const MOST = 3;

let region = null;
let count = 0;
const toasts = new Map(); // key → {node, timer}

/**
 * Shows a notice; one with the same key is replaced.
 * @param {{key?: string, text: string, tone?: string, isUrgent?: boolean, actions?: {text: string, run?: () => void,
 *   href?: string}[]}} toast
 */
export function showToast({ key = `toast-${count}`, text, tone = 'quiet', isUrgent = false, actions = [] }) {
  count += 1;
  region ??= mountRegion();
  hideToast(key);
  while (toasts.size >= MOST) hideToast(toasts.keys().next().value);
  const node = el('div', { class: `toast toast--${tone}`, role: isUrgent ? 'alert' : 'status' },
    el('p', { class: 'toast__text' }, text),
    el('button', {
      class: 'button button--plain toast__close', type: 'button', 'aria-label': t('dialog.close'),
      onclick: () => hideToast(key),
    }, '×'),
    actions.length > 0 && el('div', { class: 'toast__actions' }, ...actions.map((action) => actionOf(action, key))));
  region.append(node);
  const wait = actions.length > 0 ? SHOWN_WITH_ACTION_FOR : SHOWN_FOR;
  const toast = { node, timer: null };
  const hold = () => clearTimeout(toast.timer);
  const release = () => { hold(); toast.timer = setTimeout(() => hideToast(key), wait); };
  node.addEventListener('pointerenter', hold);
  node.addEventListener('pointerleave', release);
  node.addEventListener('focusin', hold);
  node.addEventListener('focusout', release);
  toasts.set(key, toast);
  release();
}

export function hideToast(key) {
  const toast = toasts.get(key);
  if (!toast) return;
  clearTimeout(toast.timer);
  toasts.delete(key);
  toast.node.remove();
}

function actionOf({ text, run, href }, key) {
  if (href) return el('a', { class: 'button button--small', href }, text);
  return el('button', { class: 'button button--small button--primary', type: 'button', onclick: () => { hideToast(key); run(); } }, text);
}

/** The live region must be on the page before its first notice, else that one is not read out. */
export function mountRegion() {
  region ??= document.body.appendChild(el('section', { class: 'toasts', 'aria-live': 'polite', 'aria-label': t('notice.region') }));
  return region;
}
