/** Values as people read them, by the kind of their field. */
import { yuan } from '../format.js';
import { el } from '../ui/elements.js';
import { say } from './texts.js';

const LONGEST = 80; // characters of a text in a list

/** In words; lists and objects as JSON. */
export function textOf(field, value) {
  if (value === null || value === undefined || value === '') return '';
  switch (field.kind) {
    case 'money': return yuan(value);
    case 'switch': return say(value ? 'yes' : 'no');
    case 'choice': return field.label(value);
    case 'choices': return value.map((one) => field.label(one)).join('、');
    case 'list': return Array.isArray(value) && value.every((one) => typeof one !== 'object') ? value.join('、') : JSON.stringify(value);
    default: return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

/** The same for a list: cut where it is long. */
export function shortOf(field, value) {
  const text = field.kind === 'html' ? textOf(field, value).replace(/<[^>]*>/g, ' ') : textOf(field, value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** A node, with pictures as pictures. */
export function nodeOf(field, value) {
  if (field.kind === 'picture' && value) return el('img', { class: 'console__picture', src: value, alt: field.title, loading: 'lazy' });
  if (field.holdsPictures && value?.length > 0) {
    return el('span', { class: 'console__pictures' }, ...value.map((address, index) => el('img', {
      class: 'console__picture', src: address, alt: `${field.title} ${index + 1}`, loading: 'lazy',
    })));
  }
  return document.createTextNode(textOf(field, value) || '—');
}

/** Whether two values are the same to who reads them. */
export const isSame = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
