/** The operators' HTML as safe elements: paragraphs, breaks, emphasis, lists and pictures; of all else the text. */
import { el } from '../ui/elements.js';

const KEPT = { P: 'p', BR: 'br', STRONG: 'strong', B: 'strong', EM: 'em', I: 'em', UL: 'ul', OL: 'ol', LI: 'li', H1: 'h3', H2: 'h3', H3: 'h3' };
const DROPPED = ['SCRIPT', 'STYLE', 'IFRAME', 'OBJECT', 'TEMPLATE', 'NOSCRIPT'];
const PICTURE = /^(https?:\/\/|\/(?!\/))/i;

/** Children for an element; the parser runs no script and loads nothing. */
export function richText(html) {
  return convert(new DOMParser().parseFromString(html, 'text/html').body);
}

function convert(node) {
  return [...node.childNodes].flatMap((child) => {
    if (child.nodeType === Node.TEXT_NODE) return [child.textContent];
    if (child.nodeType !== Node.ELEMENT_NODE || DROPPED.includes(child.tagName)) return [];
    if (child.tagName === 'IMG') return image(child);
    const tag = KEPT[child.tagName];
    return tag ? [el(tag, {}, ...convert(child))] : convert(child);
  });
}

function image(node) {
  const source = node.getAttribute('src') ?? '';
  return PICTURE.test(source) ? [el('img', { src: source, alt: node.getAttribute('alt') ?? '', loading: 'lazy' })] : [];
}
