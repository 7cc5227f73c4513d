/** Paying a settlement by WeChat: a QR code for another screen, WeChat itself on a telephone. */
import { yuan } from '../format.js';
import { t } from '../i18n.js';
import { askPayment } from '../settlements_api.js';
import { openDialog } from './dialogs.js';
import { el } from './elements.js';

const TELEPHONE = '(pointer: coarse) and (max-width: 48rem)';

/** Gives the dialog, which whoever hears that it is paid closes; `closed` is called when it goes. Rejects with ApiError. */
export async function payByWechat({ id, amount }, closed) {
  const { picture } = await askPayment(id, 'qrcode');
  const goThere = async () => {
    const { url } = await askPayment(id, 'h5');
    window.location.assign(url);
  };
  return openDialog({
    title: t('sale.pay'),
    onClose: closed,
    content: [
      el('p', { class: 'dialog__text', 'aria-live': 'polite' }, t('sale.scan', { price: yuan(amount) })),
      el('img', { class: 'settlement__code', src: picture, alt: t('sale.code'), width: 240, height: 240 }),
      el('form', { method: 'dialog', class: 'dialog__actions' },
        window.matchMedia(TELEPHONE).matches && el('button', { class: 'button button--primary', type: 'button', onclick: goThere }, t('sale.open_wechat')),
        el('button', { class: 'button', autofocus: true }, t('dialog.close'))),
    ],
  });
}
