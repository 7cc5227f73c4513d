/** A lot's status in words and colour. */
import { t } from '../i18n.js';
import { el, setText } from './elements.js';

export class StatusPill {
  constructor(standing) {
    this.element = el('span', { class: 'pill' });
    this.show(standing);
  }

  show(standing) {
    this.element.dataset.standing = standing;
    setText(this.element, t(`status.${standing}`));
  }
}
