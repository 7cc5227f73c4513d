/** Forms of nouns: what is added, changed, and done to one of them, with what somebody else changed meanwhile. */
import { el } from '../ui/elements.js';
import { openDialog } from '../ui/dialogs.js';
import { formOf } from '../ui/fields.js';
import { showToast } from '../ui/toasts.js';
import { inputFor } from './inputs.js';
import { ask, isCancelled } from './ops.js';
import { say } from './texts.js';
import { isSame, textOf } from './values.js';

const CHANGED = 'changed_meanwhile';

function inputsOf(description, form, values, { needsReason = false } = {}) {
  const inputs = form.fields.map((field) => inputFor(description, field, values?.[field.name]));
  if (form.reason) {
    if (needsReason) form.reason.isRequired = true;
    inputs.push(inputFor(description, form.reason, form.reason.isRequired ? '' : undefined));
  }
  return inputs;
}

/** A question to cancel is no fault. */
const quietly = (send) => async (values) => {
  try {
    await send(values);
  } catch (error) {
    if (!isCancelled(error)) throw error;
  }
};

/** A form for something new; `onAdded` gets what was made. */
export function addForm(description, noun, given, onAdded) {
  const inputs = inputsOf(description, noun.addForm, given);
  return formOf({
    fields: inputs,
    submit: say('add'),
    send: quietly(async (values) => {
      const made = await ask('POST', noun.path, { body: values });
      showToast({ text: say('added', { count: [made].flat().length }), tone: 'good' });
      onAdded(made);
    }),
  });
}

/** A form for one that is there, under the revision at which it was read; `onSaved` gets what it is now. */
export function changeForm(description, noun, thing, onSaved) {
  let read = thing;
  const form = noun.changeForm;
  const inputs = inputsOf(description, form, thing);
  const conflict = el('div', { class: 'console__conflict', role: 'alert', hidden: true });

  async function showConflict(values) {
    const now = await ask('GET', noun.pathOf(thing[noun.key]));
    const changed = form.fields.filter(({ name }) => !isSame(now[name], read[name]));
    const rows = changed.map((field) => el('li', {}, say('conflict_row', {
      title: field.title,
      before: textOf(field, read[field.name]) || '—',
      after: textOf(field, now[field.name]) || '—',
      mine: textOf(field, values[field.name]) || '—',
    })));
    const take = el('button', { class: 'button button--small', type: 'button', onclick: () => onSaved(now) }, say('take_theirs'));
    conflict.replaceChildren(
      el('p', {}, say('conflict')), rows.length > 0 ? el('ul', {}, ...rows) : el('p', {}, say('conflict_none')), take);
    conflict.hidden = false;
    read = now;
  }

  return formOf({
    fields: inputs,
    layout: [...inputs.map((input) => input.element), conflict],
    submit: say('save'),
    send: quietly(async (values) => {
      conflict.hidden = true;
      try {
        const saved = await ask('PUT', noun.pathOf(thing[noun.key]), { body: { ...values, revision: read.revision } });
        showToast({ text: say('saved'), tone: 'good' });
        onSaved(saved);
      } catch (error) {
        if (error.error !== CHANGED) throw error;
        await showConflict(values);
      }
    }),
  });
}

/** Asks what an action needs, and does it; `onDone` gets what it gave. `given`: what stands in the form already. */
export function openAction(description, noun, thing, action, onDone, given = {}) {
  const owned = action.form.fields.filter(({ kind }) => kind === 'order').map(({ name }) => [name, thing[noun.key]]);
  const inputs = inputsOf(description, action.form, { ...Object.fromEntries(owned), ...given }, { needsReason: action.needsReason });
  const dialog = openDialog({
    title: `${action.title}：${noun.labelOf(thing)}`,
    content: [formOf({
      fields: inputs,
      submit: action.title,
      actions: [cancelButton(() => dialog.close())],
      send: quietly(async (values) => {
        const given_back = await ask('POST', `${noun.pathOf(thing[noun.key])}/${action.verb}`, { body: values });
        dialog.close();
        showToast({ text: say('done', { action: `${action.title} · ${noun.labelOf(thing)}` }), tone: 'good' });
        onDone(given_back);
      }),
    })],
  });
  dialog.classList.add('dialog--wide');
  return dialog;
}

/** Asks for a reason, and removes it. */
export function openRemoval(description, noun, thing, onRemoved) {
  const operation = description.operation('delete', noun.onePath);
  const reason = operation.parameters.find(({ name }) => name === 'reason');
  const inputs = reason ? description.fieldsOf({ properties: { reason: reason.schema } }).map((field) => inputFor(description, field)) : [];
  const dialog = openDialog({
    title: say('remove_ask', { name: noun.labelOf(thing) }),
    content: [formOf({
      fields: inputs,
      submit: say('remove'),
      actions: [cancelButton(() => dialog.close())],
      send: quietly(async (values) => {
        const query = { ...values, ...(thing.revision === undefined ? {} : { revision: thing.revision }) };
        await ask('DELETE', noun.pathOf(thing[noun.key]), { query });
        dialog.close();
        showToast({ text: say('removed'), tone: 'good' });
        onRemoved();
      }),
    })],
  });
  return dialog;
}

function cancelButton(onclick) {
  return el('button', { class: 'button', type: 'button', onclick }, say('cancel'));
}
