/** One endpoint, folded: what it takes, what it answers, an example of both, how it fails. */
import { language } from '../i18n.js';
import { el } from '../ui/elements.js';
import { breakable, fieldTable, note, part, sample, table, withCode } from './parts.js';
import { say, sayOrName } from './texts.js';
import { tryPlace } from './try_call.js';

const PLACES = ['path', 'query', 'header'];
const NO_BODY = '{}';

/** The inside is made when it is first opened. */
export function endpoint(operation, schemas) {
  const fold = el('details', { class: 'endpoint', id: operation.operationId },
    el('summary', { class: 'endpoint__line' },
      el('span', { class: 'endpoint__method', 'data-method': operation.method }, operation.method),
      el('code', { class: 'endpoint__path' }, ...breakable(operation.path)),
      el('span', { class: 'endpoint__name' }, operation.summary)));
  fold.addEventListener('toggle', () => fold.append(...inside(operation, schemas)), { once: true });
  fold.addEventListener('toggle', () => fold.open && window.history.replaceState(null, '', `#${fold.id}`));
  return fold;
}

function inside(operation, schemas) {
  return [
    el('div', { class: 'endpoint__inside' },
      el('p', { class: 'endpoint__access' }, sayOrName(operation['x-access'])),
      operation.description && el('p', {}, ...withCode(operation.description)),
      ...PLACES.map((place) => parametersIn(place, operation, schemas)),
      bodyOf(operation, schemas),
      answerOf(operation, schemas),
      examplesOf(operation, schemas),
      tryPlace(operation, schemas),
      errorsOf(operation, schemas)),
  ];
}

function parametersIn(place, { parameters = [] }, schemas) {
  const here = parameters.filter((parameter) => parameter.in === place);
  if (here.length === 0) return null;
  const rows = here.map(({ name, schema, required, description }) => (
    { name, depth: 0, field: description ? { ...schema, description } : schema, isRequired: required }));
  return part(say(place), fieldTable(rows, schemas));
}

function bodyOf({ requestBody }, schemas) {
  if (!requestBody) return null;
  const json = requestBody.content['application/json'];
  if (!json) return part(say('body'), el('p', {}, say('upload')));
  const bodies = json.schema.anyOf || [json.schema];
  const tables = bodies.flatMap((schema, index) => [
    index > 0 && el('p', { class: 'endpoint__or' }, say('either')),
    note(schemas.resolve(schema).description),
    fieldTable(schemas.fields(schema), schemas, { tellsRequired: true }),
  ]);
  return part(say('body'), el('p', { class: 'endpoint__note' }, say('body_forms')), ...tables);
}

function answerOf({ responses }, schemas) {
  const success = successOf(responses, schemas);
  if (!success) return part(say('answer'), el('p', {}, say('no_envelope')));
  const data = envelopeOf(success, schemas).properties?.data ?? success;
  const named = schemas.objectIn(data);
  const rows = schemas.fields(data);
  return part(say('answer'),
    el('p', { class: 'endpoint__note' }, el('code', {}, 'data'), ` ${schemas.type(data)}`),
    named && note(named.description),
    rows.length > 0 && fieldTable(rows, schemas));
}

function examplesOf(operation, schemas) {
  const success = successOf(operation.responses, schemas);
  return part(say('example'),
    sample(say('request'), curl(operation, schemas)),
    success && sample(say('response'), JSON.stringify(schemas.example(envelopeOf(success, schemas)), null, 2)));
}

function errorsOf({ responses }, schemas) {
  const rows = Object.entries(responses).flatMap(([status, response]) => (
    (schemas.resolve(response)['x-errors'] || []).map((error) => ({ status, ...error }))));
  if (rows.length === 0) return null;
  const cells = rows.map(({ status, error, zh, en }) => el('tr', {},
    el('td', { class: 'table__number' }, status),
    el('td', {}, el('code', {}, ...breakable(error))),
    el('td', {}, language === 'zh' ? zh : en)));
  return part(say('errors'), table([say('status'), say('error'), say('message')], 'errors', cells));
}

// ---- what is behind

function successOf(responses, schemas) {
  const status = Object.keys(responses).find((one) => one.startsWith('2'));
  return status && schemas.resolve(responses[status]).content?.['application/json'].schema;
}

/** Of a document that says 200 to everything, the first is the success. */
function envelopeOf(schema, schemas) {
  const found = schemas.resolve(schema);
  return found.anyOf ? schemas.resolve(found.anyOf[0]) : found;
}

const isOfForms = ({ security }) => security.some((way) => 'token' in way);

/** Of a document whose clients send forms with their token among the parameters. */
function formCurl({ method, path, requestBody, security, 'x-example': given = {} }) {
  const needsToken = security.every((way) => Object.keys(way).length > 0);
  const isFile = requestBody && !requestBody.content['application/json'];
  const values = Object.entries({ ...(needsToken || isFile ? { token: 'TOKEN' } : {}), ...given });
  const hasData = values.length > 0;
  const start = method === 'GET' ? `curl${hasData ? ' -G' : ''}` : `curl${hasData ? '' : ' -X POST'}`;
  return [
    `${start} '${window.location.origin}${path}'`,
    ...values.map(([name, value]) => (isFile ? `-F '${name}=${value}'` : `--data-urlencode '${name}=${value}'`)),
    isFile && "-F 'upfile=@FILE'",
  ].filter(Boolean).join(' \\\n  ');
}

function curl(operation, schemas) {
  if (isOfForms(operation)) return formCurl(operation);
  const { method, parameters = [] } = operation;
  const path = parameters.filter((parameter) => parameter.in === 'path').reduce(
    (text, { name, schema }) => text.replace(`{${name}}`, schemas.example(schema.type === 'integer' ? { ...schema, minimum: 7 } : schema)),
    operation.path);
  const needsToken = operation.security.every((way) => Object.keys(way).length > 0);
  const body = operation.requestBody?.content['application/json'];
  const shown = body && JSON.stringify(schemas.example(body.schema.anyOf?.[0] ?? body.schema, { fields: ({ isRequired, field }) => isRequired || !!field.examples }));
  return [
    `curl${method === 'GET' ? '' : ` -X ${method}`} '${window.location.origin}${path}'`,
    needsToken && "-H 'Authorization: Bearer TOKEN'",
    operation.requestBody && !body && '--data-binary @FILE',
    body && shown !== NO_BODY && "-H 'Content-Type: application/json'",
    body && shown !== NO_BODY && `-d '${shown}'`,
  ].filter(Boolean).join(' \\\n  ');
}
