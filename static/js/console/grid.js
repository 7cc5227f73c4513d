/** The grid: Tabulator, loaded when the first one is drawn, in the console's words and reachable by keyboard. */
import { load } from '../later.js';
import { el } from '../ui/elements.js';
import { say } from './texts.js';

// What the library says of its pager: first, first_title and so on.
const PAGER = [
  ...['first', 'prev', 'next', 'last'].flatMap((name) => [name, `${name}_title`]),
  'page_title', 'all',
];

/** A grid in that place; null if the library did not come, which is said. */
export async function openGrid(place, options) {
  const library = await load(() => import('../../vendor/tabulator/tabulator.js'));
  if (!library) return null;
  const grid = new library.TabulatorFull(place, {
    layout: 'fitDataFill',
    locale: 'console',
    langs: { console: { pagination: Object.fromEntries(PAGER.map((name) => [name, say(`grid_${name}`)])) } },
    ...options,
    // As a row: what a grid holds has to be one.
    placeholder: () => el('div', { class: 'tabulator-placeholder-contents', role: 'row' }, el('span', { role: 'gridcell' }, options.placeholder ?? say('nothing'))),
  });
  await new Promise((resolve) => grid.on('tableBuilt', resolve));
  // What scrolls takes the focus, so it has to be a part of the grid by its role; the library gives that to the table within.
  const holder = place.querySelector('.tabulator-tableholder');
  holder.setAttribute('role', 'rowgroup');
  holder.querySelector('.tabulator-table').removeAttribute('role');
  place.removeAttribute('aria-owns');
  return grid;
}
