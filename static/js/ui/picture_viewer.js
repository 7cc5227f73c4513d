/** Pictures over the whole screen: swiped from one to the next, pinched, turned by wheel and keys to look closer. */
import { t } from '../i18n.js';
import { el, setText } from './elements.js';
import { Zoom } from './zoom.js';

const SWIPE = 48; // px, of a finger that means the next picture
const TAP = 8; // px, of a finger that means to stay
const STEP = 1.6; // of a key or a button
const CLOSER = 3; // of a double tap
const DOUBLE = 300; // ms
const PAN = 60; // px, of an arrow key

export class PictureViewer {
  /**
   * @param {{pictures: string[], name: (index: number) => string, index: number, onClose: (index: number) => void}} options
   *   `name`: what a picture is called where it is not seen
   */
  constructor({ pictures, name, index, onClose }) {
    this._pictures = pictures;
    this._name = name;
    this._index = index;
    this._zoom = new Zoom();
    this._pointers = new Map(); // id → where it is on the stage, from its middle
    this._picture = el('img', { class: 'viewer__picture', draggable: 'false' });
    this._stage = el('div', { class: 'viewer__stage' }, this._picture);
    this._count = el('p', { class: 'viewer__count', role: 'status' });
    const button = (key, sign, press) => el('button', { class: 'viewer__button', type: 'button', 'aria-label': t(key), onclick: press }, sign);
    this._back = button('picture.previous', '‹', () => this._go(-1));
    this._on = button('picture.next', '›', () => this._go(1));
    this._farther = button('picture.farther', '−', () => this._zoomBy(1 / STEP));
    this._closer = button('picture.closer', '+', () => this._zoomBy(STEP));
    this._dialog = el('dialog', { class: 'viewer', 'aria-label': t('picture.viewer') },
      this._stage,
      el('div', { class: 'viewer__bar' },
        this._count, this._farther, this._closer, button('picture.close', '×', () => this._dialog.close())),
      this._back, this._on);
    this._listen(onClose);
    document.body.append(this._dialog);
    this._dialog.showModal();
    this._show();
  }

  _listen(onClose) {
    const on = (name, hear, options) => this._stage.addEventListener(name, hear, options);
    on('pointerdown', (event) => this._press(event));
    on('pointermove', (event) => this._move(event));
    ['pointerup', 'pointercancel'].forEach((name) => on(name, (event) => this._lift(event)));
    on('wheel', (event) => {
      event.preventDefault();
      this._zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2, this._place(event));
    }, { passive: false });
    this._dialog.addEventListener('keydown', (event) => this._key(event));
    this._dialog.addEventListener('close', () => {
      this._dialog.remove();
      onClose(this._index);
    });
    this._picture.addEventListener('load', () => this._draw());
  }

  _show() {
    const { length } = this._pictures;
    this._zoom.reset();
    this._picture.src = this._pictures[this._index];
    this._picture.alt = this._name(this._index);
    setText(this._count, t('picture.count', { number: this._index + 1, count: length }));
    this._back.hidden = length < 2;
    this._on.hidden = length < 2;
    this._draw();
  }

  /** To the next or the one before; round at the ends. */
  _go(by) {
    const { length } = this._pictures;
    if (length < 2) return;
    this._index = (this._index + by + length) % length;
    this._show();
  }

  _zoomBy(factor, at) {
    this._zoom.by(factor, at);
    this._draw();
  }

  _draw(aside = 0) {
    const { offsetWidth: width, offsetHeight: height } = this._picture;
    this._zoom.keepWithin({ width, height }, this._stage.getBoundingClientRect());
    this._picture.style.transform = `translate(${this._zoom.x + aside}px, ${this._zoom.y}px) scale(${this._zoom.scale})`;
    this._stage.classList.toggle('is-close', this._zoom.isIn);
  }

  _key(event) {
    const { key } = event;
    const aside = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
    if (key === '+' || key === '=') this._zoomBy(STEP);
    else if (key === '-') this._zoomBy(1 / STEP);
    else if (key === '0') this._zoomBy(0);
    else if (aside && this._zoom.isIn) this._pan(aside[0] * PAN, aside[1] * PAN);
    else if (aside && aside[0]) this._go(-aside[0]);
    else return;
    event.preventDefault();
  }

  _pan(x, y) {
    this._zoom.move(x, y);
    this._draw();
  }

  _press(event) {
    if (event.pointerType === 'mouse' && event.button !== 0) return;
    event.preventDefault();
    this._stage.setPointerCapture(event.pointerId);
    this._pointers.set(event.pointerId, this._place(event));
    if (this._pointers.size === 1) {
      this._from = this._place(event);
      this._wasPinched = false;
    } else {
      this._wasPinched = true;
    }
  }

  _move(event) {
    const before = this._pointers.get(event.pointerId);
    if (!before) return;
    const now = this._place(event);
    const other = [...this._pointers].find(([id]) => id !== event.pointerId)?.[1];
    this._pointers.set(event.pointerId, now);
    if (other) {
      this._zoom.by(distance(now, other) / Math.max(1, distance(before, other)), middle(now, other));
      this._zoom.move((now.x - before.x) / 2, (now.y - before.y) / 2);
      this._draw();
    } else if (this._zoom.isIn) {
      this._pan(now.x - before.x, now.y - before.y);
    } else if (!this._wasPinched) {
      this._draw(now.x - this._from.x);
    }
  }

  _lift(event) {
    if (!this._pointers.delete(event.pointerId) || this._pointers.size > 0) return;
    const at = this._place(event);
    const moved = { x: at.x - this._from.x, y: at.y - this._from.y };
    if (event.type === 'pointerup' && !this._wasPinched && Math.hypot(moved.x, moved.y) < TAP) this._tap(at, event.timeStamp);
    else if (event.type === 'pointerup' && !this._wasPinched && !this._zoom.isIn && Math.abs(moved.x) > SWIPE) this._go(moved.x < 0 ? 1 : -1);
    else this._draw();
  }

  /** Two of them look closer, or back at the whole. */
  _tap(at, time) {
    const isDouble = time - (this._tappedAt ?? -Infinity) < DOUBLE;
    this._tappedAt = isDouble ? undefined : time;
    if (isDouble) this._zoomBy(this._zoom.isIn ? 0 : CLOSER, at);
    else this._draw();
  }

  _place({ clientX, clientY }) {
    const { left, top, width, height } = this._stage.getBoundingClientRect();
    return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
  }
}

const distance = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);
const middle = (one, other) => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
