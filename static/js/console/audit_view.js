/** The audit that never ends: what it has looked at, and what it finds wrong. */
import { el } from '../ui/elements.js';
import { failurePlace } from '../ui/placeholders.js';
import { showContent } from '../ui/shell.js';
import { ask } from './ops.js';
import { say, sayOr } from './texts.js';

export const AUDIT = '/api/ops/audit';

const EVERY = 5000; // ms

/** Shows it, and what changes; gives what to call when another section is opened. */
export function showAudit(main) {
  const place = el('div', { 'aria-live': 'polite' });
  showContent(main, el('h1', { class: 'page-title' }, say('audit')), el('p', { class: 'console__explanation' }, say('audit_explain')), place);
  let drawn = '';
  const look = async () => {
    try {
      const parts = await ask('GET', AUDIT);
      if (JSON.stringify(parts) === drawn) return;
      drawn = JSON.stringify(parts);
      place.replaceChildren(table(parts), ...parts.filter(({ findings }) => findings.length > 0).map(wrong));
    } catch (error) {
      drawn = '';
      place.replaceChildren(failurePlace(error, look));
    }
  };
  look();
  const timer = setInterval(look, EVERY);
  return () => clearInterval(timer);
}

function table(parts) {
  const heads = ['audit_part', 'audit_state', 'audit_passes', 'audit_looked_at', 'audit_findings'];
  return el('div', { class: 'console__scroll', tabindex: '0', role: 'region', 'aria-label': say('audit') },
    el('table', { class: 'console__table' },
      el('thead', {}, el('tr', {}, ...heads.map((key) => el('th', { scope: 'col' }, say(key))))),
      el('tbody', {}, ...parts.map((part) => el('tr', {},
        el('th', { scope: 'row' }, sayOr(`audit_${part.name}`, part.name)),
        el('td', {}, el('span', { class: `console__light console__light--${part.state}` }, say(`audit_${part.state}`))),
        el('td', {}, String(part.passes)),
        el('td', {}, part.looked_at ?? say('audit_not_yet')),
        el('td', {}, String(part.finding_count)))))));
}

function wrong(part) {
  return el('section', { class: 'console__section' },
    el('h2', { class: 'section__title' }, sayOr(`audit_${part.name}`, part.name)),
    el('ul', { class: 'console__findings' }, ...part.findings.map((one) => el('li', { lang: 'en' }, el('strong', {}, one.about), ` ${one.problem}`))));
}
