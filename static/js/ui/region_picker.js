/** Province, city, district and street of an address, picked from the national list; typed where that has not got them. */
import { listRegions } from '../accounts_api.js';
import { t } from '../i18n.js';
import { el } from './elements.js';
import { PickedField } from './fields.js';

const LEVELS = ['province', 'city', 'district', 'street'];
const TYPED = ['province', 'city', 'district']; // a street that is typed stands in the rest of the address

export class RegionPicker {
  /** @param {Field} rest the field of what follows the street; it shows no street that the picker shows */
  constructor(address, rest) {
    this._rest = rest;
    this._lists = {}; // level → the regions to choose from
    this.fields = LEVELS.map((name) => new PickedField({
      name, label: t(`address.${name}`), maxlength: 32, autocomplete: `address-level${LEVELS.indexOf(name) + 1}`,
    }));
    this.fields.forEach((field, level) => field.element.addEventListener('change', () => this._isPicking && this._choose(level)));
    this._toggle = el('button', { class: 'button button--small button--plain', type: 'button', onclick: () => this._switch() });
    this.elements = [...this.fields.map((field) => field.element), this._toggle];
    this._pick(address);
  }

  /** The address's own fields of the values of a form: an empty rest stays empty, so that it is asked for. */
  static joined({ street, ...values }) {
    return street && values.address ? { ...values, address: withStreet(street, values.address) } : values;
  }

  get _isPicking() {
    return this.fields[0].isPicked;
  }

  _switch() {
    if (this._isPicking) this._type(this._values());
    else this._pick(this._values());
    this.fields[0].input.focus();
  }

  _values() {
    return Object.fromEntries(this.fields.map(({ name, value }) => [name, value]));
  }

  /** Offers the lists; what the list has not got is left as it was typed. */
  async _pick(address) {
    this._say('address.type');
    this.fields.forEach((field) => field.offer([], ''));
    try {
      await this._offer(0);
      for (const [level, name] of TYPED.entries()) {
        const text = address?.[name];
        if (!text) return;
        if (!this._lists[level].some((region) => region.name === text)) {
          this._type(address);
          return;
        }
        this.fields[level].value = text;
        await this._offer(level + 1);
      }
      this._takeStreet();
    } catch {
      this._type(address ?? {}); // the lists do not come: nobody is kept from giving an address
    }
  }

  _type(address) {
    this._say('address.pick');
    LEVELS.forEach((name, level) => (TYPED.includes(name) ? this.fields[level].free(address[name] ?? '') : this.fields[level].hide()));
    if (address.street) this._rest.value = withStreet(address.street, this._rest.value);
  }

  async _choose(level) {
    try {
      await this._offer(level + 1);
    } catch {
      this._type(this._values());
    }
  }

  _takeStreet() {
    const street = this._lists[3].find(({ name }) => this._rest.value.startsWith(name));
    if (!street) return;
    this.fields[3].value = street.name;
    this._rest.value = this._rest.value.slice(street.name.length).trim();
  }

  /** The list of a level, by what is chosen above it; those below wait for a choice. */
  async _offer(level) {
    for (let below = level; below < LEVELS.length; below += 1) this._show(below, []);
    if (level === LEVELS.length) return;
    const above = level === 0 ? null : this._lists[level - 1].find(({ name }) => name === this.fields[level - 1].value);
    if (level > 0 && !above) return;
    const regions = await listRegions(above?.code);
    if (!this._isPicking || (above && this.fields[level - 1].value !== above.name)) return; // chosen otherwise meanwhile
    this._show(level, regions);
    if (regions.length !== 1 || level === 3) return;
    this.fields[level].value = regions[0].name; // a municipality's one city
    await this._offer(level + 1);
  }

  _show(level, regions) {
    this._lists[level] = regions;
    this.fields[level].offer(regions.map(({ name }) => name), t('address.choose'));
  }

  _say(key) {
    this._toggle.textContent = t(key);
  }
}

function withStreet(street, rest) {
  return rest.startsWith(street) ? rest : `${street}${rest}`;
}
