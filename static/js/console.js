/** The console: who comes in by the door finds the sections that their roles allow. */
import { logOut } from './accounts_api.js';
import { showAudit } from './console/audit_view.js';
import { Description } from './console/description.js';
import { getMe, isInFirstStep, setUp, showDoor } from './console/door.js';
import { areasOf, dressHeader, markSection, onKey } from './console/frame.js';
import { showGroup } from './console/group_view.js';
import { IMPORTS, showImport } from './console/import_view.js';
import { showLog } from './console/log_view.js';
import { showMe } from './console/me_view.js';
import { showNoun } from './console/noun_view.js';
import { showSale } from './console/sale_view.js';
import { showStory } from './console/story_view.js';
import { say } from './console/texts.js';
import { showThing } from './console/thing_view.js';
import { lastAsked } from './last_asked.js';
import { onUserChange, token } from './session.js';
import { el } from './ui/elements.js';
import { emptyPlace, failurePlace, skeleton } from './ui/placeholders.js';
import { nameTab, showContent } from './ui/shell.js';
import { mountRegion } from './ui/toasts.js';

const main = document.querySelector('main');
let description = null;
let me = null;
let leave = () => {};
const [askingWho, opening] = [lastAsked(), lastAsked()];

nameTab(say('title'));
mountRegion();
start();
onUserChange(() => start());
window.addEventListener('hashchange', openSection);
onKey('/', say('search'), () => document.querySelector('[data-search]')?.focus());
onKey('g', say('live'), () => { window.location.hash = '#/live'; });
onKey('h', say('home'), () => { window.location.hash = '#/'; });

async function start() {
  const isLast = askingWho();
  opening();
  leave();
  leave = () => {};
  me = null;
  dressHeader();
  if (!token()) {
    showDoor(main);
    return;
  }
  if (isInFirstStep()) {
    showSetUp();
    return;
  }
  try {
    const found = await getMe();
    const described = await Description.read(found.roles);
    if (!isLast()) return;
    description = described;
    me = found;
    dressHeader({ me, nouns: description.nouns, mayImport: description.may('post', IMPORTS), onSignOut: () => logOut() });
    openSection();
  } catch (error) {
    if (!isLast()) return;
    if (error.status === 401 || error.status === 403) showDoor(main, { note: say('no_rights') });
    else showContent(main, failurePlace(error, start));
  }
}

function showSetUp() {
  const place = el('div', { class: 'panel' });
  showContent(main, el('section', { class: 'narrow' }, el('h1', { class: 'page-title' }, say('set_up_title')), place));
  setUp(place);
}

async function openSection() {
  if (!me) return;
  leave();
  leave = () => {};
  const isLast = opening();
  const hash = window.location.hash || '#/';
  markSection(hash);
  // In a place of its own: what a section that was left is still told is drawn where nobody sees it.
  const place = el('div', { 'aria-busy': 'true' }, skeleton(4, 'row'));
  showContent(main, place);
  const close = await show(place, hash.slice(2).split('/').map(decodeURIComponent));
  if (isLast()) leave = close;
  else close();
}

/** Gives what to call when it is left. */
async function show(place, [section, name, id]) {
  const noun = section === 'things' ? description.noun(name) : null;
  if (noun && id !== undefined) return showThing(place, description, noun, id);
  if (noun) return showNoun(place, description, noun);
  if (section === 'live') return showSale(place, description);
  if (section === 'story' && description.noun('auctions.lots')) return showStory(place, description, name);
  if (section === 'group' && description.noun('auctions.groups')) return showGroup(place, description, name);
  if (section === 'import') return showImport(place, description, name);
  if (section === 'log') return showLog(place, description);
  if (section === 'audit') return showAudit(place);
  if (section === 'me') return showMe(place, description, me);
  if (section === '') return showHome(place);
  showContent(place, emptyPlace({ text: say('not_found') }));
  return () => {};
}

function showHome(place) {
  const tiles = (links) => el('ul', { class: 'console__tiles' }, ...links.map(([href, text]) => el('li', {}, el('a', { href }, text))));
  showContent(place,
    el('h1', { class: 'page-title' }, say('title')),
    tiles([['#/live', say('live')], ...(description.may('post', IMPORTS) ? [['#/import', say('import')]] : []), ['#/audit', say('audit')], ['#/log', say('log')]]),
    ...areasOf(description.nouns).map(([area, nouns]) => el('section', { class: 'section' },
      el('h2', { class: 'section__title' }, area),
      tiles(nouns.map((noun) => [`#/things/${noun.name}`, noun.title])))));
  return () => {};
}
