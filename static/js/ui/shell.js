/** What every page wears: header, footer, the place for notices. */
import { getContact } from '../api.js';
import { switchLanguage, t } from '../i18n.js';
import { accountButton } from './account.js';
import { openDialog } from './dialogs.js';
import { el, svg } from './elements.js';
import { nameTab as nameTabItself } from './tab.js';
import { mountRegion } from './toasts.js';

const PLACES = [
  ['/', 'nav.current'],
  ['/groupbuy', 'nav.groupbuy'],
  ['/history', 'nav.history'],
  ['/my', 'nav.my'],
];

/** Dresses the page and returns its <main>, emptied of the placeholder when the page fills it. */
export function dressPage(title) {
  nameTab(title);
  const main = document.querySelector('main');
  document.querySelector('.site-header').replaceChildren(...header());
  document.querySelector('.site-footer').replaceChildren(...footer());
  mountRegion();
  return main;
}

/** Puts finished content into <main>. */
export function showContent(main, ...nodes) {
  main.removeAttribute('aria-busy');
  main.replaceChildren(...nodes);
}

export function nameTab(title) {
  nameTabItself(`${title} · ${t('site.name')}`);
}

function header() {
  return [
    el('a', { class: 'skip', href: '#main' }, t('site.skip')),
    el('div', { class: 'site-header__row' },
      el('a', { class: 'brand', href: '/' }, brandMark(), el('span', { class: 'brand__name' }, t('site.name'))),
      el('nav', { class: 'nav', 'aria-label': t('nav.label') },
        ...PLACES.map(([href, key]) => el('a', { class: 'nav__item', href, 'aria-current': isHere(href) && 'page' }, t(key)))),
      el('button', {
        class: 'button button--plain button--small', type: 'button', lang: t('site.language') === 'English' ? 'en' : 'zh-CN',
        onclick: switchLanguage,
      }, t('site.language')),
      accountButton()),
  ];
}

function isHere(href) {
  const { pathname } = window.location;
  return href === '/' ? pathname === '/' || pathname.startsWith('/goods/') : pathname.startsWith(href);
}

function footer() {
  return [
    el('p', {}, t('site.times')),
    el('a', { class: 'button button--plain button--small', href: '/verify' }, t('site.verify')),
    el('a', { class: 'button button--plain button--small', href: '/docs' }, t('site.docs')),
    el('button', { class: 'button button--plain button--small', type: 'button', onclick: showContact }, t('site.contact')),
  ];
}

/** The shop's WeChat account with its QR code. */
export async function showContact() {
  const body = el('div', { class: 'contact', 'aria-live': 'polite' });
  openDialog({
    title: t('contact.title'),
    content: [
      body,
      el('form', { method: 'dialog', class: 'dialog__actions' }, el('button', { class: 'button', autofocus: true }, t('dialog.close'))),
    ],
  });
  try {
    const { wechat_account: account, qrcode } = await getContact();
    body.append(el('p', {}, account ? t('contact.wechat', { account }) : t('contact.none')));
    if (qrcode) {
      const picture = el('img', { class: 'contact__qrcode', src: qrcode, alt: t('contact.qrcode'), width: 200, height: 200 });
      picture.addEventListener('error', () => picture.remove());
      body.append(picture);
    }
  } catch (error) {
    body.append(el('p', { class: 'field__problem' }, error.message));
  }
}

/** The rosette of a banknote, as in the favicon. */
function brandMark() {
  const petals = [0, 30, 60, 90, 120, 150].map((angle) => svg('ellipse', {
    cx: 16, cy: 16, rx: 13, ry: 5.2, transform: `rotate(${angle} 16 16)`,
  }));
  return svg('svg', { class: 'brand__mark', viewBox: '0 0 32 32', width: 28, height: 28, 'aria-hidden': 'true' },
    ...petals, svg('circle', { cx: 16, cy: 16, r: 2.2, class: 'brand__heart' }));
}
