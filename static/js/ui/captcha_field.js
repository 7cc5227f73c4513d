/** A picture of a few characters to type. It is made for one username, and good for two minutes and one try. */
import { makeCaptcha } from '../accounts_api.js';
import { t } from '../i18n.js';
import { el } from './elements.js';
import { Field } from './fields.js';

const GOOD_FOR = 115 * 1000; // ms; a little less than the server's two minutes
const CHARACTERS = 5;

export class CaptchaField extends Field {
  /** @param {() => string} nameOf the username as it stands in the form */
  constructor(nameOf) {
    super({
      name: 'captcha_code', label: t('captcha.label'), maxlength: CHARACTERS, autocapitalize: 'characters', spellcheck: 'false',
      inputmode: 'text',
    });
    this._nameOf = nameOf;
    this._timer = null;
    this.key = '';
    this.input.addEventListener('focus', () => { if (!this.key) this.renew(); }); // the browser may have filled in the username
  }

  _row() {
    this._picture = el('img', { class: 'captcha__picture', alt: t('captcha.picture'), width: 200, height: 70, hidden: true });
    this._empty = el('span', { class: 'captcha__empty' }, t('captcha.name_first'));
    const again = el('button', {
      class: 'captcha__again', type: 'button', title: t('captcha.again'), onclick: () => this.renew(),
    }, this._picture, this._empty, el('span', { class: 'only-heard' }, t('captcha.again')));
    return el('div', { class: 'captcha' }, this.input, again);
  }

  /** Asks for another picture; without a username there is none to ask for. */
  async renew() {
    this._forget();
    const username = this._nameOf();
    if (!username) return;
    try {
      const { captcha_key: key, captcha_image_content: content } = await makeCaptcha(username);
      if (username !== this._nameOf()) return; // typed on meanwhile, and asked again
      this.key = key;
      this._picture.src = content;
      this._picture.hidden = false;
      this._empty.hidden = true;
      this._timer = setTimeout(() => this.renew(), GOOD_FOR);
    } catch (error) {
      if (!error.data?.username) this._empty.textContent = error.message;
    }
  }

  _forget() {
    clearTimeout(this._timer);
    this.key = '';
    this.value = '';
    this._picture.hidden = true;
    this._empty.hidden = false;
    this._empty.textContent = t('captcha.name_first');
  }
}
