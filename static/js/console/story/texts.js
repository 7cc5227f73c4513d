/** What a lot's story says, in both languages. */
import { language } from '../../i18n.js';

// One row per text: Chinese, English.
const TEXTS = {
  title: ['经过', 'Story'],
  of: ['拍品经过：{sn}', 'Story of {sn}'],
  chart: ['价格与观看人数', 'Price and watchers'],
  moment: ['回放时刻', 'Moment shown'],
  play: ['播放', 'Play'],
  pause: ['暂停播放', 'Stop'],
  speed: ['倍速', 'Speed'],
  price: ['价格', 'Price'],
  leader: ['领先者', 'Leader'],
  nobody: ['无人', 'Nobody'],
  left: ['剩余', 'Left'],
  unknown: ['未知', 'Not known'],
  over: ['已结束', 'Over'],
  paused: ['已暂停', 'Paused'],
  bids: ['出价', 'Bids'],
  refused: ['被拒', 'Refused'],
  watchers: ['在看', 'Watching'],
  entries: ['全部记录', 'Everything that happened'],
  csv: ['CSV', 'CSV'],
  json: ['JSON', 'JSON'],
  sheet: ['打印页（A4）', 'Page to print (A4)'],
  exports: ['导出', 'Export'],
  arrived: ['到达', 'Arrived'],
  committed: ['落库', 'Durable'],
  took: ['毫秒', 'ms'],
  seq: ['序号', 'No.'],
  what: ['事项', 'What'],
  who: ['用户', 'User'],
  moved: ['延后', 'Moved'],
  words: ['说明', 'Words'],
  kind_bid: ['出价', 'Bid'],
  kind_proxy: ['自动代出价', 'Proxy bid'],
  kind_refused: ['被拒', 'Refused'],
  kind_maximum: ['修改上限', 'Maximum changed'],
  kind_action: ['操作', 'Action'],
  kind_end: ['结束', 'End'],
  void: ['已作废', 'taken back'],
};

/** The text with its {values} filled in. */
export function tell(key, values = {}) {
  return TEXTS[key][language === 'zh' ? 0 : 1].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
