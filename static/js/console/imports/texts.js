/** What is said of a sheet that is to be sold, in both languages. */
import { language } from '../../i18n.js';

// One row per text: Chinese, English.
const TEXTS = {
  title: ['导入拍品', 'Import lots'],
  explain: [
    '上传 .csv 或 .xlsx。列：sn（冠号）、category（分类）、score（评分）、sn_no（号码类型）、low_price（起拍价，分）、top_price（封顶价，分），可选 step、extend_window、pictures（图片地址）。上传后先检查，不会立即开拍。',
    'Give a .csv or .xlsx with the columns sn, category, score, sn_no, low_price and top_price (fen), and, if you like, step, extend_window and pictures (addresses). It is looked at first; nothing is sold yet.',
  ],
  file: ['表格', 'Sheet'],
  file_hint: ['选择文件，或拖到这里', 'Choose a file, or drop it here'],
  check: ['检查', 'Look at it'],
  start: ['导入这 {count} 件拍品', 'Import these {count} lots'],
  again: ['重新导入', 'Import again'],
  preview: ['将要开拍的内容', 'What will be sold'],
  preview_of: ['第 {issue} 期 · {name} · {start} 至 {end}', 'Issue {issue} · {name} · {start} to {end}'],
  problems: ['需要更正的问题：{count}', 'What has to be mended: {count}'],
  more: ['还有 {count} 个问题', 'and {count} more'],
  line: ['行', 'Line'],
  column: ['列', 'Column'],
  problem: ['问题', 'Problem'],
  whole: ['整个文件', 'The file'],
  no_file: ['请选择文件', 'Choose a file'],
  state_ready: ['可以导入', 'Can be imported'],
  state_refused: ['有问题', 'Has problems'],
  state_running: ['正在导入', 'Being imported'],
  state_done: ['已导入', 'Imported'],
  state_failed: ['未完成', 'Did not end'],
  progress: ['{done} / {total}', '{done} of {total}'],
  to_group: ['查看该期', 'Look at the issue'],
  recent: ['最近的导入', 'Latest imports'],
  failure_lost: ['服务器中断了导入，没有内容开拍', 'The server was cut off; nothing is on sale'],
  failure_interrupted: ['服务器重启，导入已撤回，没有内容开拍', 'The server was started anew; nothing is on sale'],
  failure_issue_exists: ['该期号已存在', 'That issue exists already'],
  failure_ends_too_early: ['结束时间已过', 'It would have ended already'],
  failure_lapsed: ['停顿过久，导入已撤回', 'It stood still for too long and was given up'],
  failure_unavailable: ['数据库暂时不可用', 'The database did not answer'],
  failure_unforeseen: ['服务器出错', 'Something went wrong on the server'],
};

// Problem.reason → what is said of the cell; {text} is what it holds.
const PROBLEMS = {
  missing: ['缺少该列', 'The column is missing'],
  required: ['不能为空', 'Is empty'],
  unknown: ['“{text}”所在的列没有用处', '“{text}” stands in a column of no meaning here'],
  too_long: ['超过 {parameter} 个字符', 'Is longer than {parameter} characters'],
  not_whole: ['“{text}”不是整数', '“{text}” is not a whole number'],
  at_least: ['“{text}”小于 {parameter}', '“{text}” is less than {parameter}'],
  at_most: ['“{text}”大于 {parameter}', '“{text}” is more than {parameter}'],
  not_below: ['“{text}”不小于 {parameter}', '“{text}” is not below {parameter}'],
  repeated: ['“{text}”与第 {parameter} 行重复', '“{text}” stands on line {parameter} already'],
  looks_like: ['“{text}”与第 {parameter} 行看起来相同但不同', '“{text}” looks like line {parameter}, and differs'],
  unseen: ['含看不见的字符（{parameter}）', 'Has a character that is not seen ({parameter})'],
  mixed: ['“{text}”混用了外形相同的字母', '“{text}” mixes letters that look alike'],
  formula: ['是公式，文件中没有结果', 'Is a formula without its result'],
  merged: ['与其他单元格合并（{parameter}）', 'Is merged with other cells ({parameter})'],
  hidden_row: ['在隐藏的行里', 'Stands in a hidden row'],
  hidden_column: ['在隐藏的列里', 'Stands in a hidden column'],
  hidden_zero: ['有未显示的零', 'Holds a zero that is not shown'],
  struck: ['“{text}”被划掉', '“{text}” is struck out'],
  error: ['“{text}”是表格错误', '“{text}” is an error of the sheet'],
  too_narrow: ['列太窄，显示为“{text}”', 'Shown as “{text}” in a narrow column'],
  boolean: ['“{text}”是逻辑值', '“{text}” is a truth value'],
  date: ['“{text}”是日期，请改为文本', '“{text}” is a date: make it a text'],
  digits: ['“{text}”位数过多，请改为文本', '“{text}” has too many digits: make it a text'],
  power: ['“{text}”是科学计数，请改为文本', '“{text}” is in powers of ten: make it a text'],
  rounded: ['“{text}”是四舍五入的显示', '“{text}” is shown rounded'],
  format: ['“{text}”的显示被数字格式改变（{parameter}）', '“{text}” is shown otherwise, by the format {parameter}'],
  no_goods: ['没有拍品', 'Has no lots'],
  not_an_address: ['“{text}”不是 http(s) 地址', '“{text}” is no http(s) address'],
  not_public: ['“{text}”不是公开地址', '“{text}” leads to no public address'],
  no_answer: ['“{text}”没有应答', '“{text}” does not answer'],
  answered: ['“{text}”返回状态 {parameter}', '“{text}” answers with status {parameter}'],
  redirects: ['“{text}”跳转过多', '“{text}” leads on too often'],
  not_a_picture: ['“{text}”不是图片', '“{text}” is no picture'],
  empty_file: ['“{text}”为空', '“{text}” is empty'],
  file_too_large: ['“{text}”超过 {parameter} KB', '“{text}” is larger than {parameter} KB'],
  too_many_pixels: ['“{text}”超过 {parameter} 百万像素', '“{text}” has more than {parameter} million pixels'],
  too_many: ['图片超过 {parameter} 张', 'More than {parameter} pictures'],
};

const filled = (row, values) => row[language === 'zh' ? 0 : 1].replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** The text with its {values} filled in. */
export const tell = (key, values = {}) => filled(TEXTS[key], values);

/** What is wrong with a cell; by its own name where there are no words for it. */
export function problemText({ reason, text }) {
  const [kind, ...parameter] = reason.split(':');
  return kind in PROBLEMS ? filled(PROBLEMS[kind], { text, parameter: parameter.join(':') }) : `${reason} ${text}`;
}
