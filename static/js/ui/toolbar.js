/** Several buttons that are one stop for the tab key; arrows go from one to the next. */
import { el } from './elements.js';

const WAYS = { ArrowRight: 1, ArrowLeft: -1 };

export function toolbar({ label, buttons, ...attributes }) {
  const choose = (chosen) => buttons.forEach((button) => { button.tabIndex = button === chosen ? 0 : -1; });
  choose(buttons[0]);
  const element = el('div', { ...attributes, role: 'toolbar', 'aria-label': label }, ...buttons);
  element.addEventListener('focusin', ({ target }) => choose(target));
  element.addEventListener('keydown', (event) => {
    const index = buttons.indexOf(event.target);
    const next = buttons[index + WAYS[event.key]] ?? { Home: buttons[0], End: buttons.at(-1) }[event.key];
    if (index < 0 || !next) return;
    event.preventDefault();
    next.focus();
  });
  return element;
}
