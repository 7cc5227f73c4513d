/** The filters over the list: rows of choices, each a link to the list it would show. */
import { el } from '../ui/elements.js';
import { KINDS, ORDERS, STATES, addressOf, choose } from './search.js';
import { say } from './texts.js';

/** @param {{search: object, found: object, go: (search: object) => void}} options `found` is the API's answer */
export function filters({ search, found, go }) {
  const row = (label, name, choices) => filterRow({ label, name, choices, search, go });
  const categories = sorted(found.groupbuy_cat, 'groupbuy_cat');
  const category = found.groupbuy_cat[search.cat_id];
  const below = category ? sorted(category.scat, 'groupbuy_cat') : [];
  return el('section', { class: 'filters', 'aria-label': say('filters') },
    row('kinds', 'kind', KINDS.map((kind) => [kind, say(kind)])),
    row('state', 'state', STATES.map((state) => [state, say(state || 'running')])),
    row('category', 'cat_id', withAny(categories.map((one) => [one.id, one.groupbuy_cat_name]))),
    below.length > 0 && row('subcategory', 'scat_id', withAny(below.map((one) => [one.id, one.groupbuy_cat_name]))),
    ...(search.kind === 'virtual' ? places({ search, found, row }) : []),
    row('price', 'price', withAny(sorted(found.price_range, 'range').map((one) => [one.id, one.range_name]))));
}

/** The order of the list, all seven. */
export function orderChooser({ search, go }) {
  const select = el('select', { class: 'field__input order__select', id: 'order' },
    ...ORDERS.map((order) => el('option', { value: order, selected: order === search.orderby }, say(order))));
  select.addEventListener('change', () => go(choose(search, 'orderby', select.value)));
  return el('div', { class: 'order' }, el('label', { class: 'field__label', for: 'order' }, say('order')), select);
}

function places({ search, found, row }) {
  const cities = found.area.items.map((one) => [one.id, one.groupbuy_area_name]);
  // A city beyond the ones the API lists first can still be named by the address.
  if (search.city_id && !cities.some(([id]) => id === search.city_id)) cities.push([search.city_id, found.location]);
  const districts = sorted(found.child_area, 'groupbuy_area').map((one) => [one.id, one.groupbuy_area_name]);
  return [
    row('city', 'city_id', [[0, say('nationwide')], ...cities]),
    search.city_id > 0 && districts.length > 0 && row('district', 'area_id', withAny(districts)),
  ];
}

function filterRow({ label, name, choices, search, go }) {
  if (choices.length < 2) return null;
  return el('div', { class: 'filter', role: 'group', 'aria-label': say(label) },
    el('span', { class: 'filter__name', 'aria-hidden': 'true' }, say(label)),
    el('div', { class: 'filter__choices' }, ...choices.map(([value, text]) => {
      const next = choose(search, name, value);
      return el('a', {
        class: 'chip', href: addressOf(next), 'data-filter': name, 'aria-current': search[name] === value && 'true',
        onclick: (event) => follow(event, () => go(next)),
      }, text);
    })));
}

/** A plain click stays on the page; one for a new tab is the browser's. */
function follow(event, act) {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  act();
}

const withAny = (choices) => [[0, say('any')], ...choices];

/** JSON objects keyed by numbers lose their order in JavaScript: the entries' own brings it back. */
function sorted(byId, prefix) {
  const place = prefix === 'range' ? 'range_start' : `${prefix}_sort`;
  return Object.values(byId).sort((a, b) => a[place] - b[place] || a.id - b.id);
}
