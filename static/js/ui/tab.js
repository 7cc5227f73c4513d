/** The tab's title and icon: the page's name, and before it what happened while nobody looked. */
import { t } from '../i18n.js';

const COLOURS = { outbid: '#d64a3a', won: '#d9a521', ending: '#e08b1c' };

const news = new Map(); // key of what it is about → kind, the newest last; only while the page is hidden
let name = '';
let icon = ''; // the page's own, while news has its place

/** @param {string} title the page's own */
export function nameTab(title) {
  name = title;
  show();
}

/** Tells of `kind` (outbid, ending, won) until the page is looked at or `dropTabNews` takes it back; nothing while it is looked at. */
export function addTabNews(key, kind) {
  if (!document.hidden) return;
  news.delete(key);
  news.set(key, kind);
  show();
}

/** To be called when what was told is over. */
export function dropTabNews(key) {
  if (news.delete(key)) show();
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden || news.size === 0) return;
  news.clear();
  show();
});

function show() {
  const kind = [...news.values()].at(-1);
  const count = [...news.values()].filter((one) => one === kind).length;
  document.title = kind ? `${t(`tab.${kind}`, { count })} · ${name}` : name;
  const link = document.querySelector('link[rel="icon"]');
  icon ||= link.href;
  link.href = kind ? dot(COLOURS[kind]) : icon;
}

/** The site's icon with a large dot: its lines would be lost beside it. */
function dot(colour) {
  return `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    + `<rect width="32" height="32" rx="7" fill="#17574a"/><circle cx="16" cy="16" r="10" fill="${colour}" stroke="#f5f3ee" stroke-width="2"/></svg>`)}`;
}
