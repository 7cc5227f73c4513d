/** Goods of the mall that an offer names: they are bought in the mini-program, which a code opens at them. */
import { el } from '../ui/elements.js';
import { openDialog } from '../ui/dialogs.js';
import { t } from '../i18n.js';
import { say } from './texts.js';

const SUCCESS = 0;
const PAGE = 'pages/goods-details/index';

/** `{id, name}` of the goods on sale with that number; null if there are none, or the mall does not answer. */
export async function findMallGoods(id) {
  const found = await call('GET', `shop/goods/detail?${new URLSearchParams({ id })}`).catch(() => null);
  return found && { id, name: found.basicInfo.name };
}

/** Shows the code of these goods. */
export async function showMallGoods({ id, name }) {
  const body = el('div', { class: 'contact', 'aria-live': 'polite' }, el('p', {}, say('mall_scan', { name })));
  openDialog({
    title: say('mall'),
    content: [
      body,
      el('form', { method: 'dialog', class: 'dialog__actions' }, el('button', { class: 'button', autofocus: true }, t('dialog.close'))),
    ],
  });
  try {
    const address = await call('POST', 'qrcode/wxa/unlimit', { scene: `${id},`, page: PAGE });
    body.append(el('img', { class: 'contact__qrcode', src: address, alt: say('mall_code', { name }), width: 200, height: 200 }));
  } catch (error) {
    body.append(el('p', { class: 'field__problem' }, error.message));
  }
}

async function call(method, path, form) {
  const response = await fetch(`/${document.body.dataset.mall}/${path}`, {
    method, body: form && new URLSearchParams(form), headers: { Accept: 'application/json', 'Accept-Language': document.documentElement.lang },
  });
  const { code, msg, data } = await response.json();
  if (code !== SUCCESS) throw new Error(msg);
  return data;
}
