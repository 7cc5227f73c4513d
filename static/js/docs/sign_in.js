/** How to sign in, every way, and where the tokens of this page are kept. */
import { language } from '../i18n.js';
import { token as tokenOfSite } from '../session.js';
import { el } from '../ui/elements.js';
import { withCode } from './parts.js';
import { say } from './texts.js';
import { keepToken, onTokenChange, tokenFor } from './tokens.js';

// Operation, then Chinese and English.
const WAYS = [
  ['bidding-post-log_in_by_code', [
    '微信小程序：`wx.login` 的 `code`，连同 `wx.getUserProfile` 的 `iv` 与 `encryptedData`',
    'The mini-program: the `code` of `wx.login`, with `iv` and `encryptedData` of `wx.getUserProfile`'], 'any'],
  ['bidding-post-log_in_by_code', ['体验环境：`code` 填一个昵称即可', 'The sandbox: any nickname as `code`'], 'sandbox'],
  ['bidding-post-log_in_by_code', [
    '账号密码：`username` 与 `password`；多次失败后带上验证码可免等待',
    'With a password: `username` and `password`; after failures a captcha spares you the wait'], 'any'],
  ['accounts-post-make_captcha', ['验证码图片，注册时必填', 'The picture with a code that a registration needs'], 'any'],
  ['accounts-post-register', ['注册账号', 'Registering'], 'any'],
  ['bidding-post-refresh_token', ['续期：到期前后都可换取新令牌，旧的随即失效', 'Refreshing, before its end or after; the old token ends'], 'any'],
  ['accounts-delete-log_out', ['退出：令牌立即失效', 'Signing out ends the token at once'], 'any'],
  ['ops-door-post-sign_in_operator', ['运营人员：账号、密码与动态验证码', 'Operators: name, password and the code of the second factor'], 'any'],
  ['mall-post-log_in_by_code', ['商城小程序：`wx.login` 的 `code`', 'The mall\'s mini-program: the `code` of `wx.login`'], 'any'],
  ['mall-post-log_in_by_mobile', ['商城：微信手机号按钮的 `code`', 'The mall: the `code` of WeChat\'s telephone button'], 'any'],
  ['mall-post-log_in_with_password', ['商城：手机号与密码', 'The mall: telephone number and password'], 'any'],
];

const CARRIED = [
  ['接口：请求头 `Authorization: Bearer 令牌`', 'The API: the header `Authorization: Bearer TOKEN`'],
  ['商城：参数 `token=令牌`；它与接口的令牌互不通用', 'The mall: the parameter `token=TOKEN`; neither is good for the other'],
  ['WebSocket：连接后发送 `{"id": 1, "op": "auth", "token": "令牌"}`，或握手时的 `Authorization` 头；事件流用请求头',
    'The socket: `{"id": 1, "op": "auth", "token": "TOKEN"}` once it is open, or the header in the handshake; a stream takes the header'],
];

const words = ([zh, en]) => withCode(language === 'zh' ? zh : en);

export function signInPlace({ paths }) {
  const operations = new Map(Object.entries(paths).flatMap(([path, methods]) => (
    Object.entries(methods).map(([method, { operationId }]) => [operationId, `${method.toUpperCase()} ${path}`]))));
  const isSandbox = document.documentElement.hasAttribute('data-sandbox');
  const ways = WAYS.filter(([id, , where]) => operations.has(id) && (where === 'any' || isSandbox));
  return el('section', { class: 'docs__about', id: 'sign-in', 'aria-labelledby': 'sign-in-title' },
    el('h2', { class: 'section__title', id: 'sign-in-title' }, say('sign_in')),
    el('ul', {}, ...ways.map(([id, text]) => el('li', {},
      ...words(text), ' ', el('a', { class: 'docs__way', href: `#${id}` }, operations.get(id))))),
    el('ul', {}, ...CARRIED.map((text) => el('li', {}, ...words(text)))),
    el('h3', { class: 'endpoint__title' }, say('tokens')),
    el('p', { class: 'endpoint__note' }, say('tokens_note')),
    tokenField('bearer'),
    tokenOfSite() && el('p', {}, el('button', {
      class: 'button button--small', type: 'button', onclick: () => keepToken('bearer', tokenOfSite()),
    }, say('token_of_page'))),
    tokenField('token'));
}

function tokenField(scheme) {
  const input = el('input', {
    class: 'field__input', id: `token-${scheme}`, type: 'password', autocomplete: 'off', spellcheck: 'false',
    oninput: () => keepToken(scheme, input.value),
  });
  onTokenChange((changed) => { if (changed === scheme && input.value.trim() !== tokenFor(scheme)) input.value = tokenFor(scheme); });
  return el('div', { class: 'field' }, el('label', { class: 'field__label', for: `token-${scheme}` }, say(`token_${scheme}`)), input);
}
