/** Money, times and lengths of time in the reader's form. */
import { locale, t } from './i18n.js';

const ZONE = 'Asia/Shanghai';
const DAY = 86400;

const amounts = new Intl.NumberFormat('zh-CN', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const wholes = new Intl.NumberFormat('zh-CN', { maximumFractionDigits: 0 });
const dayAndMinute = new Intl.DateTimeFormat(locale, {
  timeZone: ZONE, year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
});
const second = new Intl.DateTimeFormat(locale, {
  timeZone: ZONE, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
});
const day = new Intl.DateTimeFormat(locale, { timeZone: ZONE });
const daySecond = new Intl.DateTimeFormat(locale, {
  timeZone: ZONE, month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
});

/** 36002 → ¥360.02 */
export function yuan(fen) {
  return `¥${amounts.format(fen / 100)}`;
}

/** 1000 → ¥10, 1 → ¥0.01: without the cents where there are none. */
export function shortYuan(fen) {
  return fen % 100 === 0 ? `¥${wholes.format(fen / 100)}` : yuan(fen);
}

/** What was typed, as fen; null when it is no amount. Full-width digits come from Chinese keyboards. */
export function parseYuan(text) {
  const plain = text.normalize('NFKC').replace(/[\s,¥元]/g, '').replace(/。/g, '.');
  const parts = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(plain);
  return parts ? Number(parts[1]) * 100 + Number((parts[2] || '').padEnd(2, '0')) : null;
}

/** The server's `YYYY-MM-DD HH:MM:SS`, always Beijing time, in ms. */
export function parseServerTime(text) {
  return Date.parse(`${text.replace(' ', 'T')}+08:00`);
}

/** From one moment to another, the day said once where it is the same. */
export const timeSpan = (from, to) => dayAndMinute.formatRange(from, to);
export const clockTime = (ms) => second.format(ms);
export const shortDateTime = (ms) => daySecond.format(ms);

/** A moment as short as it is clear: the time alone only when it is of the same day as the other moment. */
export const timeSeenFrom = (now, ms) => (day.format(now) === day.format(ms) ? clockTime(ms) : shortDateTime(ms));

const clockMs = new Intl.DateTimeFormat(locale, {
  timeZone: ZONE, hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23',
});
const dayMs = new Intl.DateTimeFormat(locale, {
  timeZone: ZONE, month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23',
});

/** The same to the millisecond. */
export const preciseTimeSeenFrom = (now, ms) => (day.format(now) === day.format(ms) ? clockMs : dayMs).format(ms);

/** 93784000 → 1天 02:03:04 */
export function duration(ms) {
  const left = Math.max(0, Math.ceil(ms / 1000));
  const two = (number) => String(number).padStart(2, '0');
  const time = [Math.floor((left % DAY) / 3600), Math.floor((left % 3600) / 60), left % 60].map(two).join(':');
  return left >= DAY ? t('lot.days', { days: Math.floor(left / DAY), time }) : time;
}
