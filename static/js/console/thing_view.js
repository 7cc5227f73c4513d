/** One thing of a noun: what it is, what can be done to it, its form, and what was done. */
import { openDialog } from '../ui/dialogs.js';
import { el } from '../ui/elements.js';
import { failurePlace } from '../ui/placeholders.js';
import { showContent } from '../ui/shell.js';
import { tell } from './group/texts.js';
import { logTable } from './log_view.js';
import { ask } from './ops.js';
import { changeForm, openAction, openRemoval } from './thing_forms.js';
import { say } from './texts.js';
import { nodeOf } from './values.js';

// Of things that have a section of their own.
const STORIES = { 'auctions.lots': ['#/story/', say('story')], 'auctions.groups': ['#/group/', tell('open')] };
const EXPORTS = { 'accounts.people': 'export' }; // of things of which all that is kept can be taken away, the last part of its address

export async function showThing(main, description, noun, id) {
  try {
    draw(main, description, noun, await ask('GET', noun.pathOf(id)));
  } catch (error) {
    showContent(main, way(noun), failurePlace(error, () => showThing(main, description, noun, id)));
  }
  return () => {};
}

function draw(main, description, noun, thing) {
  const show = (now) => {
    if (now && now[noun.key] !== undefined && now[noun.key] !== thing[noun.key]) window.location.hash = noun.addressOf(now[noun.key]);
    else showThing(main, description, noun, thing[noun.key]);
  };
  const { changeForm: form, actions, mayRemove } = noun;
  const log = el('div', {});
  showContent(main,
    way(noun),
    el('div', { class: 'title-row' },
      el('h1', { class: 'page-title' }, `${noun.title} · ${noun.labelOf(thing)}`),
      el('div', { class: 'console__buttons', role: 'group', 'aria-label': say('actions') },
        STORIES[noun.name] && storyLink(noun, thing),
        form && el('button', { class: 'button button--primary button--small', type: 'button', onclick: edit }, say('edit')),
        ...actions.map((action) => el('button', {
          class: 'button button--small', type: 'button', title: action.isDangerous ? say('dangerous') : null,
          onclick: () => openAction(description, noun, thing, action, show),
        }, action.title)),
        exportOf(description, noun) && el('button', {
          class: 'button button--small', type: 'button', title: say('dangerous'),
          onclick: () => openAction(description, noun, thing, exportOf(description, noun), (data) => keepFile(data, `${noun.labelOf(thing)}.json`)),
        }, say('export_person')),
        mayRemove && el('button', {
          class: 'button button--small console__danger', type: 'button',
          onclick: () => openRemoval(description, noun, thing, () => { window.location.hash = `#/things/${noun.name}`; }),
        }, say('remove')))),
    el('section', { 'aria-label': say('thing') },
      el('dl', { class: 'console__facts' }, ...noun.fields.map((field) => el('div', {},
        el('dt', {}, field.title),
        el('dd', {}, factOf(description, field, thing[field.name])))))),
    el('section', { class: 'section' }, el('h2', { class: 'section__title' }, say('history')), log));
  logTable(log, description, { noun: noun.name, id: thing[noun.key] });

  function edit() {
    const dialog = openDialog({
      title: `${say('edit')}：${noun.labelOf(thing)}`,
      content: [changeForm(description, noun, thing, (saved) => {
        dialog.close();
        show(saved);
      })],
    });
    dialog.classList.add('dialog--wide');
  }
}

function storyLink(noun, thing) {
  const [address, text] = STORIES[noun.name];
  return el('a', { class: 'button button--small', href: `${address}${thing[noun.key]}` }, text);
}

/** As an action, if this reader may. */
function exportOf(description, noun) {
  const verb = EXPORTS[noun.name];
  const path = `${noun.onePath}/${verb}`;
  if (!verb || !description.may('post', path)) return null;
  const { schema } = description.operation('post', path).requestBody.content['application/json'];
  return { verb, title: say('export_person'), needsReason: true, isDangerous: true, form: description.formOf(schema.$ref) };
}

function keepFile(data, name) {
  const address = URL.createObjectURL(new Blob([JSON.stringify(data, null, 1)], { type: 'application/json' }));
  el('a', { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}

function factOf(description, field, value) {
  const other = field.kind === 'reference' && value ? description.noun(field.refersTo) : null;
  return other ? el('a', { href: other.addressOf(value) }, String(value)) : nodeOf(field, value);
}

function way(noun) {
  return el('p', { class: 'way' }, el('a', { href: `#/things/${noun.name}` }, `‹ ${say('back')}`));
}
