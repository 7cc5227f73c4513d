/** Short notices in the corner, read out by screen readers. */
import { t } from '../i18n.js';
import { el, setText } from './elements.js';
import { isHeld, pressable } from './pressables.js';

const SHOWN_FOR = 6000; // ms
const SHOWN_WITH_ACTION_FOR = 20000; // long enough to reach its button by keyboard
const MOST = 3;

let region = null;
let count = 0;
const toasts = new Map(); // key → {node, words, buttons, timer}
const runs = new WeakMap(); // button → what a press does now

/**
 * Shows a notice; one with the same key is replaced.
 * @param {{key?: string, text: string, tone?: string, isUrgent?: boolean, actions?: {text: string, run?: () => void,
 *   isHeld?: boolean, isGone?: boolean, href?: string}[]}} toast
 */
export function showToast({ key = `toast-${count}`, text, tone = 'quiet', isUrgent = false, actions = [] }) {
  count += 1;
  region ??= mountRegion();
  hideToast(key);
  while (toasts.size >= MOST) hideToast(toasts.keys().next().value);
  const words = el('p', { class: 'toast__text' }, text);
  const buttons = actions.map((action) => actionOf(action, key));
  const node = el('div', { class: `toast toast--${tone}`, role: isUrgent ? 'alert' : 'status' },
    words,
    el('button', {
      class: 'button button--plain toast__close', type: 'button', 'aria-label': t('dialog.close'),
      onclick: () => hideToast(key),
    }, '×'),
    actions.length > 0 && el('div', { class: 'toast__actions' }, ...buttons));
  region.append(node);
  const wait = actions.length > 0 ? SHOWN_WITH_ACTION_FOR : SHOWN_FOR;
  const toast = { node, words, buttons, timer: null };
  const hold = () => clearTimeout(toast.timer);
  const release = () => { hold(); toast.timer = setTimeout(() => hideToast(key), wait); };
  node.addEventListener('pointerenter', hold);
  node.addEventListener('pointerleave', release);
  node.addEventListener('focusin', hold);
  node.addEventListener('focusout', release);
  toasts.set(key, toast);
  release();
}

/** Says something else in a notice that is still shown, without a word to screen readers; `actions` takes the place of the first ones. */
export function changeToast(key, { text, actions }) {
  const toast = toasts.get(key);
  if (!toast) return;
  if (toast.words.textContent !== text) toast.node.setAttribute('aria-live', 'off');
  setText(toast.words, text);
  actions.forEach((action, index) => dressAction(toast.buttons[index], action));
}

export function hideToast(key) {
  const toast = toasts.get(key);
  if (!toast) return;
  clearTimeout(toast.timer);
  toasts.delete(key);
  toast.node.remove();
}

function actionOf(action, key) {
  if (action.href) return el('a', { class: 'button button--small', href: action.href }, action.text);
  const button = el('button', { class: 'button button--small button--primary', type: 'button' });
  button.addEventListener('click', () => {
    if (isHeld(button)) return;
    hideToast(key);
    runs.get(button)();
  });
  return dressAction(button, action);
}

function dressAction(button, { text, run, isHeld: isBarred = false, isGone = false }) {
  runs.set(button, run);
  setText(button, text);
  pressable(button, !isBarred);
  button.hidden = isGone;
  return button;
}

/** The live region must be on the page before its first notice, else that one is not read out. */
export function mountRegion() {
  region ??= document.body.appendChild(el('section', { class: 'toasts', 'aria-live': 'polite', 'aria-label': t('notice.region') }));
  return region;
}
