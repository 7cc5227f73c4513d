/** A lot's pictures: small on a card, in a strip on its page; the place of those that there are not. */
import { t } from '../i18n.js';
import { el } from './elements.js';
import { PictureViewer } from './picture_viewer.js';

/** The address of a picture's thumbnail. */
export const small = (address) => address.replace(/\.(\w+)$/, '_m.$1');

/** For a card, whose link beside it already says where it leads. */
export function thumbnail(lot, href) {
  const [first] = lot.pictures ?? [];
  const picture = first
    ? el('img', { class: 'thumb__picture', src: small(first), alt: '', loading: 'lazy', decoding: 'async', draggable: 'false' })
    : el('span', { class: 'thumb__none' }, t('picture.none'));
  return el('a', { class: 'thumb', href, tabindex: -1, 'aria-hidden': 'true' }, picture);
}

/** The strip on the lot's page: swiped, or chosen from by the small ones below; a press shows it on the whole screen. */
export class LotPictures {
  constructor(lot) {
    this._lot = lot;
    this._pictures = lot.pictures ?? [];
    this.element = el('section', { class: 'gallery', 'aria-label': t('picture.title') });
    if (this._pictures.length === 0) this.element.append(el('p', { class: 'gallery__none' }, t('picture.none_yet')));
    else this._fill();
  }

  _fill() {
    this._shown = this._pictures.map((address, index) => el('button', {
      class: 'gallery__picture', type: 'button', 'aria-label': t('picture.open', { name: this._name(index) }), onclick: () => this._open(index),
    }, el('img', { src: address, alt: '', draggable: 'false', loading: index > 0 && 'lazy' })));
    this._strip = el('ul', { class: 'gallery__strip' }, ...this._shown.map((button) => el('li', { class: 'gallery__item' }, button)));
    this.element.append(this._strip);
    if (this._pictures.length < 2) return;
    this._choices = this._pictures.map((address, index) => el('button', {
      class: 'gallery__choice', type: 'button', 'aria-label': this._name(index), onclick: () => this._goTo(index),
    }, el('img', { src: small(address), alt: '', draggable: 'false' })));
    this.element.append(el('div', { class: 'gallery__choices' }, ...this._choices));
    this._strip.addEventListener('scroll', () => this._mark(Math.round(this._strip.scrollLeft / this._strip.clientWidth)), { passive: true });
    this._mark(0);
  }

  _name(index) {
    return t('picture.name', { sn: this._lot.sn, number: index + 1, count: this._pictures.length });
  }

  _goTo(index) {
    this._strip.scrollTo({ left: index * this._strip.clientWidth });
  }

  _mark(index) {
    this._choices.forEach((choice, place) => choice.setAttribute('aria-pressed', String(place === index)));
  }

  _open(index) {
    const onClose = (last) => {
      this._goTo(last);
      this._shown[last].focus({ preventScroll: true });
    };
    this._viewer = new PictureViewer({ pictures: this._pictures, name: (place) => this._name(place), index, onClose });
  }
}
