/** The reader's addresses: a list, and a dialog to add or edit one. */
import { addAddress, changeAddress, removeAddress } from '../accounts_api.js';
import { t } from '../i18n.js';
import { confirmDialog, openDialog } from './dialogs.js';
import { el } from './elements.js';
import { Field, formOf } from './fields.js';
import { RegionPicker } from './region_picker.js';
import { showToast } from './toasts.js';

// name → longest, autocomplete; in the order they are asked for, with the regions between the second and the third
const PARTS = {
  contact_name: [32, 'name'],
  contact_phone: [20, 'tel'],
  address: [200, 'street-address'],
  zip: [10, 'postal-code'],
};

export class AddressBook {
  constructor(addresses) {
    this._addresses = addresses;
    this._list = el('ul', { class: 'addresses' });
    this.element = el('div', {},
      this._list,
      el('button', { class: 'button', type: 'button', onclick: () => this._open() }, t('address.add')));
    this._show();
  }

  _show() {
    const items = this._addresses.map((address) => this._item(address));
    this._list.replaceChildren(...(items.length > 0 ? items : [el('li', { class: 'page-note' }, t('address.none'))]));
  }

  _item(address) {
    const press = (key, run) => el('button', { class: 'button button--small button--plain', type: 'button', onclick: run }, t(key));
    return el('li', { class: 'address', 'aria-label': t('address.of', { name: address.contact_name }) },
      el('p', { class: 'address__who' }, el('strong', {}, address.contact_name), ' ', address.contact_phone),
      el('p', { class: 'address__where' }, addressInOneLine(address)),
      el('div', { class: 'address__actions' },
        press('address.edit', () => this._open(address)),
        press('address.remove', () => this._remove(address))));
  }

  _open(address) {
    openAddressForm(address, (saved) => {
      this._addresses = address ? this._addresses.map((one) => (one.id === saved.id ? saved : one)) : [...this._addresses, saved];
      this._show();
    });
  }

  async _remove(address) {
    const isMeant = await confirmDialog({
      title: t('address.remove_title'),
      text: t('address.remove_text', { address: addressInOneLine(address) }),
      yes: t('address.remove'),
    });
    if (!isMeant) return;
    try {
      await removeAddress(address.id);
      showToast({ key: 'address', text: t('address.removed') });
    } catch (error) {
      if (error.status !== 404) { // gone already: in another tab
        showToast({ key: 'address', text: error.message, tone: 'bad' });
        return;
      }
    }
    this._addresses = this._addresses.filter(({ id }) => id !== address.id);
    this._show();
  }
}

/** Asks for a new address, or for what is other about one; `done` gets it as it is kept. */
export function openAddressForm(address, done) {
  const fields = Object.entries(PARTS).map(([name, [maxlength, autocomplete]]) => new Field({
    name, label: t(`address.${name}`), maxlength, autocomplete, type: name === 'contact_phone' ? 'tel' : 'text',
    value: address?.[name] ?? '', isWide: name === 'address',
  }));
  const [name, phone, rest, zip] = fields;
  const picker = new RegionPicker(address, rest);
  const send = async (given) => {
    const values = RegionPicker.joined(given);
    const saved = await (address ? changeAddress(address.id, values) : addAddress(values));
    dialog.close();
    done(saved);
  };
  const cancel = el('button', { class: 'button', type: 'button', onclick: () => dialog.close() }, t('account.cancel'));
  const layout = [name, phone].map(({ element }) => element).concat(picker.elements, [rest, zip].map(({ element }) => element));
  const form = formOf({ fields: [name, phone, ...picker.fields, rest, zip], layout, send, submit: t('profile.save'), actions: [cancel] });
  form.classList.add('form--address');
  const dialog = openDialog({ title: t(address ? 'address.edit_title' : 'address.add'), content: [form] });
}

export function addressInOneLine({ province, city, district, address, zip }) {
  return `${province} ${city} ${district} ${address} ${zip}`;
}
