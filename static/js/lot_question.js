/** What is looked for in a group: kept in the address, so that a reload, a shared link and the way back show the same. */

export const ORDERS = ['place', 'ending', 'cheapest', 'dearest', 'bids'];
export const FANCIES = ['solid', 'radar', 'ladder', 'repeater', 'birthday', 'low'];
export const WHOSE = ['mine', 'watched'];

const LONGEST = 64; // characters, of a text and of a category
const USUAL = { text: '', category: '', fancy: '', order: 'place', whose: '' };

/** The question that the address asks; what it says wrongly is as if it said nothing. */
export function questionInAddress() {
  const given = new URLSearchParams(window.location.search);
  const oneOf = (name, known) => (known.includes(given.get(name)) ? given.get(name) : USUAL[name]);
  return {
    text: (given.get('text') ?? '').slice(0, LONGEST),
    category: (given.get('category') ?? '').slice(0, LONGEST),
    fancy: oneOf('fancy', FANCIES),
    order: oneOf('order', ORDERS),
    whose: oneOf('whose', WHOSE),
  };
}

/** What of it is not as usual: as the API is asked, and as addresses say it. */
export function toQuery(question) {
  return Object.fromEntries(Object.entries(question).filter(([name, value]) => value !== USUAL[name]));
}

/** The same order without anything that is looked for. */
export const unfiltered = ({ order }) => ({ ...USUAL, order });

export const isFiltered = ({ text, fancy }) => Boolean(text || fancy);
