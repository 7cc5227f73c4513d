/** What a group's account says, in both languages. */
import { language } from '../../i18n.js';

// One row per text: Chinese, English.
const TEXTS = {
  title: ['第 {issue} 期 · 成交汇总', 'Issue {issue} · account'],
  open: ['成交汇总', 'Account'],
  totals: ['按分类合计', 'By category'],
  category: ['分类', 'Category'],
  lots: ['拍品', 'Lots'],
  sold: ['成交', 'Sold'],
  unsold: ['流拍', 'Unsold'],
  withdrawn: ['撤拍', 'Withdrawn'],
  hammer: ['成交价', 'Hammer'],
  paid: ['已付款', 'Paid'],
  due: ['待付款', 'Due'],
  unpaid: ['逾期未付', 'Unpaid'],
  sum: ['合计', 'In all'],
  print: ['成交清单（A4 打印页）', 'List of winners (prints on A4)'],
  sheet: ['结算单（XLSX）', 'Settlements (XLSX)'],
  missed: ['结束后 3 秒内的出价', 'Bids within 3 s after an end'],
  none: ['暂无', 'None'],
  lot: ['拍品', 'Lot'],
  who: ['出价人', 'Bidder'],
  price: ['出价', 'Bid'],
  late: ['晚（毫秒）', 'Late (ms)'],
  fate: ['结果', 'What became of it'],
  sold_at: ['成交价', 'Sold at'],
  kept: ['已保存 {name}', 'Kept {name}'],
};

/** The text with its {values} filled in. */
export function tell(key, values = {}) {
  return TEXTS[key][language === 'zh' ? 0 : 1].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
