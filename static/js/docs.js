/** The API reference: how to sign in, every endpoint of /openapi.json by document and chapter, and the live channel of /asyncapi.json. */
import { endpoint } from './docs/endpoint.js';
import { liveChapters } from './docs/live.js';
import { withCode } from './docs/parts.js';
import { Schemas } from './docs/schemas.js';
import { signInPlace } from './docs/sign_in.js';
import { ofTwo, say } from './docs/texts.js';
import { el } from './ui/elements.js';
import { failurePlace } from './ui/placeholders.js';
import { dressPage, showContent } from './ui/shell.js';

const DESCRIPTION = '/openapi.json';
const LIVE_DESCRIPTION = '/asyncapi.json';

const main = dressPage(say('title'));
load();

async function load() {
  try {
    show(...await Promise.all([DESCRIPTION, LIVE_DESCRIPTION].map(read)));
  } catch (error) {
    showContent(main, el('h1', { class: 'page-title' }, say('title')), failurePlace(error, load));
  }
}

async function read(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(response.statusText);
  return response.json();
}

function show(description, live) {
  const schemas = new Schemas(description);
  const chapters = [
    ...chaptersOf(description).map((chapter) => chapterPlace(chapter, schemas)),
    ...liveChapters(live, new Schemas(live)),
  ];
  const nothing = el('p', { class: 'docs__nothing', hidden: true }, say('nothing'));
  showContent(main,
    el('h1', { class: 'page-title' }, say('title')),
    el('p', { class: 'page-note' }, ofTwo(description.info.description)),
    el('div', { class: 'docs' },
      contents(chapters),
      el('div', { class: 'docs__chapters' },
        signInPlace(description), filterField(chapters, nothing), ...chapters.map(({ place }) => place), nothing)));
  window.addEventListener('hashchange', openNamed);
  openNamed();
}

/** The chapters in the document's order, each with its operations. */
function chaptersOf({ tags, paths, 'x-documents': abouts }) {
  const operations = Object.entries(paths).flatMap(([path, methods]) => (
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() }))));
  const chapters = tags.map(({ name, 'x-document': document }, index) => ({
    name, document, id: `chapter-${index}`, operations: operations.filter((operation) => operation.tags[0] === name),
  })).filter((chapter) => chapter.operations.length > 0);
  const isFirst = ({ document }, index) => chapters.findIndex((one) => one.document === document) === index;
  return chapters.map((chapter, index) => ({ ...chapter, about: isFirst(chapter, index) ? abouts[chapter.document] : null }));
}

function chapterPlace(chapter, schemas) {
  const endpoints = chapter.operations.map((operation) => ({
    node: endpoint(operation, schemas), words: JSON.stringify([operation.path, operation.method, operation.summary, wordsOf(operation, schemas)]).toLowerCase(),
  }));
  const place = el('section', { class: 'section', id: chapter.id },
    chapter.about && aboutPlace(chapter),
    el('h2', { class: 'section__title' }, chapter.name),
    el('div', { class: 'docs__endpoints' }, ...endpoints.map(({ node }) => node)));
  return { ...chapter, place, endpoints };
}

/** What readers of a document have to know beforehand, a line each. */
function aboutPlace({ document, about }) {
  const [first, ...lines] = ofTwo(about).split('\n');
  return el('section', { class: 'docs__about', 'aria-label': document },
    el('p', {}, ...withCode(first)),
    el('ul', {}, ...lines.map((line) => el('li', {}, ...withCode(line)))));
}

function wordsOf({ parameters = [], requestBody }, schemas) {
  const body = requestBody?.content['application/json']?.schema;
  return [...parameters.map(({ name }) => name), ...(body ? schemas.fields(body).map(({ name }) => name) : [])];
}

function contents(chapters) {
  const documents = [...new Set(chapters.map(({ document }) => document))];
  const lists = documents.flatMap((document) => [
    el('h2', { class: 'contents__document' }, document),
    el('ul', {}, ...chapters.filter((chapter) => chapter.document === document).map(({ name, id }) => (
      el('li', {}, el('a', { class: 'contents__link', href: `#${id}` }, name))))),
  ]);
  const isWide = window.matchMedia('(min-width: 64rem)').matches;
  return el('details', { class: 'contents', open: isWide },
    el('summary', { class: 'contents__title' }, say('contents')),
    el('ul', {}, el('li', {}, el('a', { class: 'contents__link', href: '#sign-in' }, say('sign_in')))),
    ...lists,
    el('p', { class: 'contents__machine' },
      say('machine'), ' ', el('a', { href: DESCRIPTION }, 'openapi.json'), ' ', el('a', { href: LIVE_DESCRIPTION }, 'asyncapi.json')));
}

function filterField(chapters, nothing) {
  return el('input', {
    class: 'field__input docs__filter', type: 'search', placeholder: say('filter'), 'aria-label': say('filter'),
    oninput: ({ target }) => filter(chapters, nothing, target.value.trim().toLowerCase()),
  });
}

function filter(chapters, nothing, wanted) {
  chapters.forEach(({ place, endpoints }) => {
    endpoints.forEach(({ node, words }) => { node.hidden = !words.includes(wanted); });
    place.hidden = endpoints.every(({ node }) => node.hidden);
  });
  nothing.hidden = chapters.some(({ place }) => !place.hidden);
}

/** An address with an endpoint's name opens it. */
function openNamed() {
  const named = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
  if (!named) return;
  if (named.tagName === 'DETAILS') named.open = true;
  named.scrollIntoView();
}
