/** Previous and next, for lists that come in pages. */
import { t } from '../i18n.js';
import { el } from './elements.js';

/** Null where one page holds everything. @param {{page: number, limit: number, total: number, go: (page: number) => void}} options */
export function pager({ page, limit, total, go }) {
  const pages = Math.ceil(total / limit);
  if (pages <= 1) return null;
  const step = (to, key) => el('button', {
    class: 'button', type: 'button', disabled: to < 1 || to > pages, onclick: () => go(to),
  }, t(key));
  return el('nav', { class: 'pager', 'aria-label': t('pager.label') },
    step(page - 1, 'pager.previous'),
    el('span', { class: 'pager__place' }, t('pager.place', { page, pages })),
    step(page + 1, 'pager.next'));
}

/** The last page of a list that shows nothing because the address asks for one beyond it; null where it is empty. */
export function pageInstead({ list, total, limit }) {
  return list.length === 0 && total > 0 ? Math.ceil(total / limit) : null;
}

/** The page the address names. */
export function pageInAddress() {
  const page = Number(new URLSearchParams(window.location.search).get('page'));
  return Number.isInteger(page) && page > 0 ? page : 1;
}

/** Remembers the page in the address, so that a reload or a shared link shows the same. */
export function keepPageInAddress(page) {
  window.history.replaceState(null, '', page > 1 ? `?page=${page}` : window.location.pathname);
}
