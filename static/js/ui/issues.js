/** The ways from one open group to the others. */
import { t } from '../i18n.js';
import { el } from './elements.js';

const STATES = ['group.not_started', 'group.in_progress', 'group.ended'];

/** Null where there is no other group than the one shown. */
export function issueLinks(groups, shown) {
  if (groups.every(({ id }) => id === shown.id)) return null;
  return el('nav', { class: 'issues', 'aria-label': t('group.issues') }, ...groups.map(({ id, issue, status }) => (
    el('a', { class: 'tabs__tab', href: `/?group=${id}`, 'aria-current': id === shown.id && 'page' },
      t('group.issue', { issue }), ' ', el('span', { class: 'tabs__count' }, t(STATES[status]))))));
}
