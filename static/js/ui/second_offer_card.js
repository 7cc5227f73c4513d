/** A lot that its winner did not pay, offered to the reader. */
import { lotAddress } from '../addresses.js';
import { parseServerTime, shortDateTime, yuan } from '../format.js';
import { t } from '../i18n.js';
import { acceptOffer, declineOffer } from '../settlements_api.js';
import { confirmDialog } from './dialogs.js';
import { el } from './elements.js';
import { showToast } from './toasts.js';

/** `changed` is called once it is answered, or turns out to be over. */
export function secondOfferCard({ id, sn, price, goods_id: goodsId, group_id: groupId, expires_at: expiresAt }, changed) {
  const press = async (send) => {
    try {
      await send(id);
    } catch (error) {
      showToast({ key: 'second-offer', text: error.message, tone: 'bad' });
    }
    changed();
  };
  const accept = async () => {
    const text = t('offer.accept_text', { sn, price: yuan(price) });
    if (await confirmDialog({ title: t('offer.accept_title'), text, yes: t('offer.accept') })) press(acceptOffer);
  };
  return el('article', { class: 'settlement', 'aria-label': t('offer.of', { sn }) },
    el('header', { class: 'settlement__head' },
      el('h3', { class: 'settlement__title' }, el('a', { class: 'sn', href: lotAddress(goodsId, groupId) }, sn)),
      el('span', { class: 'pill', 'data-standing': 'not_started' }, t('offer.pill'))),
    el('p', {}, t('offer.text', { price: yuan(price), time: shortDateTime(parseServerTime(expiresAt)) })),
    el('div', { class: 'settlement__actions' },
      el('button', { class: 'button', type: 'button', onclick: () => press(declineOffer) }, t('offer.decline')),
      el('button', { class: 'button button--primary', type: 'button', onclick: accept }, t('offer.accept'))));
}
