/** The live channel: its commands, messages and close codes, and a connection to try them on. */
import { language } from '../i18n.js';
import { el } from '../ui/elements.js';
import { fieldTable, note, part, sample, table, withCode } from './parts.js';
import { ofTwo, say } from './texts.js';
import { tryLivePlace } from './try_live.js';

/** Like the chapters of endpoints: `{name, document, id, place, endpoints}`. */
export function liveChapters(description, schemas) {
  const { channels, operations, info } = description;
  return Object.entries(channels).map(([key, channel], index) => {
    const here = Object.entries(operations).filter(([, { channel: { $ref } }]) => $ref === `#/channels/${key}`);
    const folds = here.map(([name, operation]) => foldOf(name, operation, channel, schemas));
    const place = el('section', { class: 'section', id: `live-${key}` },
      index === 0 && el('section', { class: 'docs__about', 'aria-label': say('live') }, el('p', {}, ...withCode(ofTwo(info.description)))),
      el('h2', { class: 'section__title' }, `${channel.title} · ${channel.address}`),
      el('p', { class: 'page-note' }, ...withCode(ofTwo(channel.description))),
      el('div', { class: 'docs__endpoints' }, ...folds.map(({ node }) => node)),
      channel['x-close-codes'] && closeCodes(channel['x-close-codes']),
      key === 'socket' && tryLivePlace());
    return { name: `${channel.title} ${channel.address}`, document: say('live'), id: `live-${key}`, place, endpoints: folds };
  });
}

function foldOf(name, operation, channel, schemas) {
  const isCommand = operation.action === 'receive';
  const node = el('details', { class: 'endpoint', id: `live-${name}` },
    el('summary', { class: 'endpoint__line' },
      el('span', { class: 'endpoint__method', 'data-method': isCommand ? 'POST' : 'GET' }, say(isCommand ? 'command' : 'message_of_server')),
      el('code', { class: 'endpoint__path' }, name),
      el('span', { class: 'endpoint__name' }, ofTwo(operation.summary))));
  node.addEventListener('toggle', () => node.append(inside(operation, schemas)), { once: true });
  const words = JSON.stringify([name, operation.summary, channel.address, ...messagesOf(operation, schemas).flatMap(({ payload }) => (
    kindsOf(payload).flatMap((kind) => schemas.fields(kind).map((field) => field.name))))]).toLowerCase();
  return { node, words };
}

function inside(operation, schemas) {
  const [answer, refusal] = operation.reply ? operation.reply.messages.map((one) => messageOf(one, schemas)) : [];
  return el('div', { class: 'endpoint__inside' },
    ...messagesOf(operation, schemas).flatMap((message) => messageParts(ofTwo(message.summary), message, schemas)),
    ...(answer ? messageParts(say('answers'), answer, schemas) : []),
    ...(refusal ? messageParts(say('refused'), refusal, schemas) : []));
}

function messageParts(title, { payload }, schemas) {
  return kindsOf(payload).map((kind, index) => {
    const events = schemas.resolve(kind).properties?.push?.items.anyOf;
    return part(index === 0 ? title : say('either'),
      note(schemas.descriptionOf(kind)),
      fieldTable(schemas.fields(kind).filter(({ depth }) => !events || depth === 0), schemas, { tellsRequired: true }),
      sample(say('example'), JSON.stringify(schemas.example(kind, { fields: ({ isRequired }) => isRequired }), null, 2)),
      ...(events ?? []).map((event) => eventPlace(event, schemas)));
  });
}

function eventPlace(event, schemas) {
  const { type } = schemas.resolve(event).properties;
  const names = type.enum ?? [type.const];
  return el('section', { class: 'docs__event' },
    el('h4', { class: 'endpoint__title' }, `${say('events')}: `, el('code', {}, names.join(' · '))),
    note(schemas.descriptionOf(event)),
    fieldTable(schemas.fields(event), schemas));
}

function closeCodes(codes) {
  const rows = codes.map(({ code, reconnect, zh, en }) => el('tr', {},
    el('td', { class: 'table__number' }, String(code)), el('td', {}, say(reconnect ? 'yes' : 'no')), el('td', {}, language === 'zh' ? zh : en)));
  return el('section', { class: 'endpoint__part' },
    el('h3', { class: 'endpoint__title' }, say('close_codes')), table([say('code'), say('reconnect'), say('about')], 'errors', rows));
}

const messageOf = ({ $ref }, schemas) => schemas.resolve(schemas.resolve({ $ref }));
const messagesOf = (operation, schemas) => operation.messages.map((one) => messageOf(one, schemas));
const kindsOf = (payload) => payload.anyOf ?? [payload];
