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
  sign_in: ['如何登录', 'How to sign in'],
  tokens: ['试用时使用的令牌', 'Tokens for trying calls'],
  tokens_note: ['只保存在本页内存中：离开或刷新页面即消失。', 'Kept in this page\'s memory alone: gone when you leave or reload it.'],
  token_bearer: ['访问令牌（/api）', 'Access token (/api)'],
  token_token: ['商城令牌（/mall）', 'Mall token (/mall)'],
  token_of_page: ['使用本站当前登录', 'Take that of this site\'s sign-in'],
  token_kept: ['已用作令牌', 'Taken as token'],
  keep_token: ['用作令牌', 'Take this token'],
  try: ['试一试', 'Try it'],
  try_note: ['会真的在本服务器上执行。', 'It is really done, on this server.'],
  send: ['发送', 'Send'],
  sending: ['发送中…', 'Sending…'],
  needs_token_first: ['还没有令牌：见「如何登录」', 'There is no token yet: see How to sign in'],
  not_json: ['不是 JSON：{reason}', 'Not JSON: {reason}'],
  answer_cut: ['（其余 {count} 个字符未显示）', '({count} more characters)'],
  unreachable: ['没有答复：{reason}', 'No answer: {reason}'],
  file: ['文件', 'File'],
  live: ['实时频道', 'Live channel'],
  command: ['命令', 'Command'],
  message_of_server: ['消息', 'Message'],
  answers: ['成功时的答复', 'Answer of success'],
  refused: ['被拒绝时的答复', 'Answer of a refusal'],
  events: ['事件', 'Events'],
  close_codes: ['关闭码', 'Close codes'],
  code: ['关闭码', 'Code'],
  reconnect: ['重连', 'Reconnect'],
  yes: ['是', 'yes'],
  no: ['否', 'no'],
  connect: ['连接', 'Connect'],
  disconnect: ['断开', 'Disconnect'],
  frames: ['收发的帧', 'Frames'],
  closed_with: ['已断开，关闭码 {code}', 'Closed with {code}'],
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
