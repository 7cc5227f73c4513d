/** Where a settlement goes, from the reader's address book, and what is on its invoice. */
import { listAddresses } from '../accounts_api.js';
import { t } from '../i18n.js';
import { askInvoice, chooseAddress } from '../settlements_api.js';
import { addressInOneLine, openAddressForm } from './address_book.js';
import { openDialog } from './dialogs.js';
import { el } from './elements.js';
import { Field, formOf } from './fields.js';
import { showToast } from './toasts.js';

const LONGEST_TITLE = 100;
const LONGEST_NUMBER = 40;

/** With an empty book it begins with the form of a new address. `changed` is called once one is chosen. */
export async function chooseFromBook({ id }, changed) {
  let dialog = null;
  const choose = async (address) => {
    try {
      await chooseAddress(id, address.id);
      dialog?.close();
    } catch (error) {
      showToast({ key: 'after-sale', text: error.message, tone: 'bad' });
    }
    changed();
  };
  let addresses = [];
  try {
    addresses = await listAddresses();
  } catch (error) {
    showToast({ key: 'after-sale', text: error.message, tone: 'bad' });
    return;
  }
  if (addresses.length === 0) {
    openAddressForm(null, choose);
    return;
  }
  const item = (address) => el('li', {},
    el('button', { class: 'choice', type: 'button', onclick: () => choose(address) },
      el('strong', {}, `${address.contact_name} ${address.contact_phone}`),
      el('span', { class: 'choice__more' }, addressInOneLine(address))));
  dialog = openDialog({
    title: t('sale.choose_address'),
    content: [
      el('ul', { class: 'choices' }, ...addresses.map(item)),
      el('form', { method: 'dialog', class: 'dialog__actions' },
        el('button', { class: 'button', type: 'button', onclick: () => openAddressForm(null, choose) }, t('address.add')),
        el('button', { class: 'button' }, t('account.cancel'))),
    ],
  });
}

export function openInvoice({ id, invoice }, changed) {
  const fields = [
    new Field({ name: 'title', label: t('sale.invoice_title'), maxlength: LONGEST_TITLE, autocomplete: 'organization', value: invoice?.title ?? '' }),
    new Field({
      name: 'tax_number', label: t('sale.tax_number'), hint: t('sale.tax_number_hint'), maxlength: LONGEST_NUMBER,
      value: invoice?.tax_number ?? '', autocapitalize: 'characters', spellcheck: 'false',
    }),
  ];
  const send = async (values) => {
    await askInvoice(id, values);
    dialog.close();
    changed();
  };
  const cancel = el('button', { class: 'button', type: 'button', onclick: () => dialog.close() }, t('account.cancel'));
  const form = formOf({ fields, send, submit: t('profile.save'), actions: [cancel] });
  const dialog = openDialog({ title: t('sale.invoice'), content: [form] });
}
