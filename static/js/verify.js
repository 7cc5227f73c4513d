/** Verifies a lot's record, and receipts, in the reader's browser. */
import { t } from './i18n.js';
import { lastAsked } from './last_asked.js';
import { listReceipts } from './receipts.js';
import { el } from './ui/elements.js';
import { dressPage, showContent } from './ui/shell.js';
import { check } from './verify/checks.js';
import { fetchGroup, fetchKeys, fetchRecord, placesOf, readFile } from './verify/sources.js';
import { say } from './verify/texts.js';

const ABSENT = [404, 409]; // no such lot, or one that is not settled
const AGAIN = 2000; // ms: a lot that was won just now is published a moment later
const TRIES = 10;

const main = dressPage(say('title'));
const result = el('div', { class: 'verify__result', role: 'status', 'aria-live': 'polite' });
const asked = new URLSearchParams(window.location.search).get('lot');
const lotInput = el('input', { class: 'field__input verify__number', id: 'lot', inputmode: 'numeric', pattern: '[1-9][0-9]*', required: true, value: asked });
const fileInput = el('input', { class: 'field__input', id: 'file', type: 'file', accept: '.json,application/json', onchange: checkFile });
const asking = lastAsked();
let kept = { keys: [], heads: [], groups: [] }; // of the last check, to be kept with the receipts

showContent(main,
  el('h1', { class: 'page-title' }, say('title')),
  el('div', { class: 'verify' },
    el('p', {}, say('explain')),
    panel(say('check_lot'),
      el('form', { class: 'verify__form', onsubmit: checkLot },
        el('label', { class: 'label', for: 'lot' }, say('lot')), lotInput,
        el('button', { class: 'button button--primary' }, say('check_lot')))),
    panel(say('mine'), minePart()),
    panel(say('file'),
      el('label', { class: 'label', for: 'file' }, say('file_hint')), fileInput),
    result,
    el('details', { class: 'panel verify__part' }, el('summary', {}, say('how')), el('p', {}, say('proves')), el('p', {}, say('cannot')))));
if (asked && lotInput.checkValidity()) verify({ lots: [Number(asked)], receipts: receiptsOf(Number(asked)) });

function panel(title, ...content) {
  return el('section', { class: 'panel verify__part' }, el('h2', { class: 'panel__title' }, title), ...content);
}

function minePart() {
  const count = listReceipts().length;
  if (count === 0) return el('p', { class: 'panel__text' }, say('mine_none'));
  return el('div', { class: 'verify__form' },
    el('p', { class: 'panel__text' }, say('mine_count', { count })),
    el('button', { class: 'button', type: 'button', onclick: () => verify({ receipts: listReceipts() }) }, say('check_mine')),
    el('button', { class: 'button', type: 'button', onclick: saveMine }, say('save_mine')));
}

function receiptsOf(goodsId) {
  return listReceipts().filter((receipt) => placesOf({ receipts: [receipt] }).lots.includes(goodsId));
}

function checkLot(event) {
  event.preventDefault();
  const id = Number(lotInput.value);
  verify({ lots: [id], receipts: receiptsOf(id) });
}

async function checkFile() {
  const [file] = fileInput.files;
  if (!file) return;
  fileInput.value = ''; // the same one may be chosen again, changed
  try {
    const { receipts = [], heads = [], groups = [], lots = [] } = await readFile(file);
    const published = lots.map(({ head }) => head).filter(Boolean);
    await verify({ receipts, heads: [...heads, ...published], groups, records: lots });
  } catch {
    show(el('p', { class: 'notice notice--bad' }, say('no_file')));
  }
}

/** Fetches the keys, the records of all lots that are spoken of, and the heads of their groups, and checks all of it together. */
async function verify(what, tries = TRIES) {
  const { lots = [], receipts = [], heads = [], groups = [], records = [] } = what;
  const isLast = asking();
  if (tries === TRIES) show(el('p', { class: 'panel__text' }, say('checking')));
  try {
    const places = placesOf({ receipts, heads });
    const ids = [...new Set([...lots, ...places.lots])];
    const fetched = (await Promise.all(ids.map((id) => orNull(fetchRecord(id), lots.includes(id))))).filter(Boolean);
    const groupIds = [...new Set([...places.groups, ...fetched.map((record) => record.group_id)])];
    const roots = (await Promise.all(groupIds.map(fetchGroup))).filter(Boolean);
    const { keys, note, problems: ofKeys } = await fetchKeys();
    const own = records.filter((record) => !ids.includes(record.goods_id) || !fetched.some((one) => one.goods_id === record.goods_id));
    const checked = await check({ keys, receipts, heads, groups: [...groups, ...roots], lots: [...fetched, ...own] });
    if (!isLast()) return;
    kept = { keys, heads: fetched.map(({ head }) => head).filter(Boolean), groups: roots };
    show(...outcome([...ofKeys, ...checked.problems], checked.counts, note));
  } catch (error) {
    if (!isLast()) return;
    const isOpen = error.error === 'not_settled';
    const words = isOpen ? say('not_settled') : error.status === 404 ? say('no_lot') : error.message || t('failure.server');
    show(el('p', { class: `notice ${isOpen ? '' : 'notice--bad'}` }, words));
    if (isOpen && tries > 1) setTimeout(() => { if (isLast()) verify(what, tries - 1); }, AGAIN);
  }
}

/** Null for a record that is not published, unless it is what was asked for. */
async function orNull(fetching, isWanted) {
  try {
    return await fetching;
  } catch (error) {
    if (ABSENT.includes(error.status) && !isWanted) return null;
    throw error;
  }
}

function outcome(problems, counts, note) {
  return [
    el('p', { class: `notice ${problems.length > 0 ? 'notice--bad' : 'notice--good'}`, 'data-problems': String(problems.length) },
      problems.length > 0 ? say('found', { count: problems.length }) : say('clean')),
    problems.length > 0 && el('ul', { class: 'verify__problems' },
      ...problems.map(({ about, problem }) => el('li', {}, el('strong', {}, about), ' ', problem))),
    el('p', { class: 'panel__text' }, say('counts', counts)),
    counts.sealed > 0 && el('p', { class: 'panel__text' }, say('sealed', counts)),
    counts.unmatched > 0 && el('p', { class: 'panel__text' }, say('unmatched', counts)),
    el('p', { class: 'panel__text' }, note),
  ].filter(Boolean);
}

function show(...nodes) {
  result.replaceChildren(...nodes);
}

/** Receipts, with the keys and heads as they are published now: what is kept elsewhere can be held against what is published later. */
async function saveMine() {
  const receipts = listReceipts();
  await verify({ receipts });
  const file = new Blob([JSON.stringify({ ...kept, receipts }, null, 1)], { type: 'application/json' });
  const link = el('a', { href: URL.createObjectURL(file), download: 'receipts.json' });
  link.click();
  URL.revokeObjectURL(link.href);
}
