/** One settlement: what it costs and until when, where it goes, and how far it is. */
import { lotAddress } from '../addresses.js';
import { parseServerTime, shortDateTime, yuan } from '../format.js';
import { t, tCount } from '../i18n.js';
import { payFromWallet } from '../settlements_api.js';
import { confirmDialog } from './dialogs.js';
import { el } from './elements.js';
import { payByWechat } from './payment_dialog.js';
import { chooseFromBook, openInvoice } from './settlement_dialogs.js';
import { showContact } from './shell.js';
import { showToast } from './toasts.js';

const STANDINGS = { due: 'outbid', paid: 'leading', shipped: 'leading', given_up: 'lost' };
const MOST_LOTS_SHOWN = 6;

const moment = (text) => shortDateTime(parseServerTime(text));

export class SettlementCard {
  /** `changed` is called after the reader did something. */
  constructor(changed) {
    this._changed = changed;
    this._seen = '';
    this._payment = null; // the dialog while it is open
    this.element = el('article', { class: 'settlement' });
  }

  /** Nothing moves under the reader's hand while it is as it was. */
  show(settlement) {
    if (settlement.status !== 'due') this._payment?.close();
    const seen = JSON.stringify(settlement);
    if (seen === this._seen) return;
    this._seen = seen;
    this._settlement = settlement;
    this.element.setAttribute('aria-label', t('sale.of', { issue: settlement.issue, id: settlement.id }));
    this.element.replaceChildren(...this._content());
  }

  _content() {
    const { issue, status, amount, lots } = this._settlement;
    return [
      el('header', { class: 'settlement__head' },
        el('h3', { class: 'settlement__title' }, t('group.issue', { issue }), ' · ', tCount('group.lots', lots.length)),
        el('span', { class: 'pill', 'data-standing': STANDINGS[status] }, t(`sale.${status}`))),
      this._lots(),
      el('dl', { class: 'settlement__facts' },
        ...fact(t(status === 'due' ? 'sale.amount' : 'sale.total'), el('strong', { class: 'settlement__amount' }, yuan(amount))),
        ...this._payFact(),
        ...this._placeFact(),
        ...this._invoiceFact(),
        ...this._parcelFact()),
      el('div', { class: 'settlement__actions' }, ...this._actions()),
    ];
  }

  _lots() {
    const { lots, group_id: groupId } = this._settlement;
    const item = ({ goods_id: id, sn, price }) => el('li', {},
      el('a', { class: 'sn', href: lotAddress(id, groupId) }, sn), el('span', { class: 'settlement__price' }, yuan(price)));
    const list = (some) => el('ul', { class: 'settlement__lots' }, ...some.map(item));
    if (lots.length <= MOST_LOTS_SHOWN) return list(lots);
    return el('details', {}, el('summary', {}, tCount('group.lots', lots.length)), list(lots));
  }

  _payFact() {
    const { status, pay_by: payBy, is_overdue: isOverdue, paid_at: paidAt } = this._settlement;
    if (paidAt) return fact(t('sale.paid_at'), moment(paidAt));
    const words = isOverdue ? t('sale.overdue', { time: moment(payBy) }) : moment(payBy);
    return fact(t('sale.pay_by'), el('span', { class: isOverdue || status === 'given_up' ? 'settlement__late' : '' }, words));
  }

  _placeFact() {
    const { address } = this._settlement;
    if (!address) return this._isOpen ? fact(t('sale.address'), el('span', { class: 'settlement__late' }, t('sale.no_address'))) : [];
    const { province, city, district, address: rest, zip, contact_name: name, contact_phone: phone } = address;
    return fact(t('sale.address'), `${name} ${phone}`, el('br'), `${province} ${city} ${district} ${rest} ${zip}`);
  }

  _invoiceFact() {
    const { invoice } = this._settlement;
    return invoice ? fact(t('sale.invoice'), `${invoice.title} ${invoice.tax_number}`) : [];
  }

  _parcelFact() {
    const { carrier, tracking, shipped_at: shippedAt } = this._settlement;
    return shippedAt ? fact(t('sale.parcel'), `${carrier} ${tracking}`, el('br'), moment(shippedAt)) : [];
  }

  get _isOpen() {
    return ['due', 'paid'].includes(this._settlement.status);
  }

  _actions() {
    const { status, address, invoice } = this._settlement;
    const button = (key, run, kind = '') => el('button', { class: `button ${kind}`, type: 'button', onclick: run }, t(key));
    const isDue = status === 'due';
    const kindOf = (isNext) => (isNext ? 'button--primary' : '');
    return [
      button('site.contact', showContact, 'button--plain'),
      this._isOpen && button(invoice ? 'sale.change_invoice' : 'sale.ask_invoice', () => openInvoice(this._settlement, this._changed)),
      this._isOpen && button(address ? 'sale.change_address' : 'sale.choose_address',
        () => chooseFromBook(this._settlement, this._changed), kindOf(!address)),
      isDue && button('sale.wallet', () => this._payFromWallet()),
      isDue && button('sale.pay', () => this._pay(), kindOf(Boolean(address))),
    ];
  }

  async _pay() {
    try {
      this._payment = await payByWechat(this._settlement, () => { this._payment = null; this._changed(); });
    } catch (error) {
      this._refused(error);
    }
  }

  async _payFromWallet() {
    const text = t('sale.wallet_text', { price: yuan(this._settlement.amount) });
    if (!(await confirmDialog({ title: t('sale.wallet'), text, yes: t('sale.wallet_yes') }))) return;
    try {
      await payFromWallet(this._settlement.id);
      this._changed();
    } catch (error) {
      this._refused(error);
    }
  }

  _refused(error) {
    showToast({ key: 'after-sale', text: error.message, tone: 'bad' });
    this._changed();
  }
}

function fact(name, ...content) {
  return [el('dt', {}, name), el('dd', {}, ...content)];
}
