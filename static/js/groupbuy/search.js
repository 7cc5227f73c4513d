/** What the list is asked for: kept in the address, so that a reload, a shared link and the back button show the same. */

export const ROWS = 24; // divides by 2, 3 and 4 columns

export const KINDS = ['physical', 'virtual'];
export const STATES = ['', 'underway', 'history'];
export const ORDERS = ['default', 'priceasc', 'pricedesc', 'ratease', 'ratedesc', 'saledesc', 'saleasc'];

const MOST_PAGES = 1000000; // far beyond any list; the API counts rows with 31 bits

const NUMBERS = ['cat_id', 'scat_id', 'city_id', 'area_id', 'price'];
const USUAL = { kind: 'physical', state: '', orderby: 'default', page: 1, ...Object.fromEntries(NUMBERS.map((name) => [name, 0])) };

// What a choice makes pointless: a sub-category belongs to its category, a page to the list it was counted in.
const RESETS = {
  kind: ['cat_id', 'scat_id', 'city_id', 'area_id', 'page'],
  cat_id: ['scat_id', 'page'],
  city_id: ['area_id', 'page'],
  page: [],
};

/** The search that the address names; what it says wrongly is as if it said nothing. */
export function searchInAddress() {
  const given = new URLSearchParams(window.location.search);
  const number = (name, least, most = Infinity) => {
    const value = Number(given.get(name));
    return Number.isInteger(value) && value >= least && value <= most ? value : USUAL[name];
  };
  return {
    kind: KINDS.includes(given.get('kind')) ? given.get('kind') : USUAL.kind,
    state: STATES.includes(given.get('state')) ? given.get('state') : USUAL.state,
    orderby: ORDERS.includes(given.get('orderby')) ? given.get('orderby') : USUAL.orderby,
    page: number('page', 1, MOST_PAGES),
    ...Object.fromEntries(NUMBERS.map((name) => [name, number(name, 0)])),
  };
}

/** The search with one thing chosen otherwise. */
export function choose(search, name, value) {
  const reset = Object.fromEntries((RESETS[name] ?? ['page']).map((other) => [other, USUAL[other]]));
  return { ...search, ...reset, [name]: value };
}

/** The same kind and order without any filter. */
export const unfiltered = ({ kind, orderby }) => ({ ...USUAL, kind, orderby });

export const isFiltered = (search) => [...NUMBERS, 'state'].some((name) => search[name] !== USUAL[name]);

export const lastPage = (total) => Math.max(1, Math.ceil(total / ROWS));

export function addressOf(search) {
  const said = Object.entries(search).filter(([name, value]) => value !== USUAL[name]);
  return said.length > 0 ? `/groupbuy?${new URLSearchParams(said)}` : '/groupbuy';
}

/** As the API asks for it. */
export function toQuery({ kind, page, city_id: city, area_id: area, ...rest }) {
  const place = kind === 'virtual' ? { city_id: city, area_id: area } : {};
  return { ...rest, ...place, firstRow: (page - 1) * ROWS, listRows: ROWS };
}
