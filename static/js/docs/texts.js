/** What the API page says of itself, in both languages. */
import { language } from '../i18n.js';

// One row per text: Chinese, English.
const TEXTS = {
  title: ['API 文档', 'API reference'],
  contents: ['目录', 'Contents'],
  filter: ['按路径、名称或字段筛选', 'Filter by path, name or field'],
  nothing: ['没有符合的接口', 'No endpoint matches'],
  machine: ['机器可读版本', 'For machines'],
  anyone: ['无需登录', 'Open to anyone'],
  token: ['需要令牌（可已过期）', 'Needs a token, which may have expired'],
  user: ['需要登录', 'Needs a signed-in user'],
  operator: ['仅运营人员', 'Operators only'],
  admin: ['仅管理员', 'Administrators only'],
  entering: ['仅运营人员，尚未两步登录也可', 'Operators only, before the second factor too'],
  auctioneer: ['仅拍卖师', 'Auctioneers only'],
  shop_staff: ['仅店员', 'Shop staff only'],
  bookkeeper: ['仅财务', 'Bookkeepers only'],
  'auctioneer|shop_staff': ['仅拍卖师与店员', 'Auctioneers and shop staff only'],
  path: ['路径参数', 'In the path'],
  query: ['查询参数', 'Query'],
  header: ['请求头', 'Headers'],
  body: ['请求内容', 'Body'],
  body_forms: ['JSON、表单或查询参数均可', 'As JSON, as a form or as the query string'],
  upload: ['文件：表单中的一个文件，或直接作为请求内容', 'A file: the one file of a form, or the whole body'],
  either: ['或', 'or'],
  answer: ['返回数据', 'Data of the answer'],
  no_envelope: ['返回内容不带外层结构', 'Answers without the envelope'],
  example: ['示例', 'Example'],
  request: ['请求', 'Request'],
  response: ['返回', 'Answer'],
  errors: ['错误', 'Errors'],
  name: ['字段', 'Field'],
  kind: ['类型', 'Type'],
  about: ['说明', 'About'],
  status: ['状态', 'Status'],
  error: ['错误', 'Error'],
  message: ['提示', 'Message'],
  required: ['必填', 'required'],
  otherwise: ['默认 {value}', '{value} by default'],
  integer: ['整数', 'integer'],
  number: ['数字', 'number'],
  string: ['文字', 'text'],
  boolean: ['布尔', 'true or false'],
  null: ['空', 'null'],
  object: ['对象', 'object'],
  list: ['列表', 'list'],
  list_of: ['列表：{kind}', 'list: {kind}'],
  empty_list: ['空列表', 'empty list'],
  anything: ['任意', 'anything'],
  characters: ['{range} 个字符', '{range} characters'],
  or_null: ['可为空', 'or null'],
};

/** The text with its {values} filled in. */
export function say(key, values = {}) {
  return TEXTS[key][language === 'zh' ? 0 : 1].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** For names that may have no text: then the name itself. */
export function sayOrName(key) {
  return key in TEXTS ? say(key) : key;
}

/** Of two paragraphs, Chinese and English, the reader's. */
export function ofTwo(text) {
  const [zh, en = zh] = text.split('\n\n');
  return language === 'zh' ? zh : en;
}
