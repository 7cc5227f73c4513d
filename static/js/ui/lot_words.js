/** The sentences about a lot that the list and the lot's own page share. */
import { bidderName } from '../bidders.js';
import { duration } from '../format.js';
import { t, tCount } from '../i18n.js';
import { user } from '../session.js';

const LAST_MINUTE = 60000;

/** What the reader should know of the grade and kind: "龙钞补号 · 67E · 豹子号". */
export function describe(lot) {
  return [lot.category, lot.score, lot.sn_no].map((part) => (part ?? '').trim()).filter(Boolean).join(' · ');
}

/** What the shown price is. */
export function priceLabel(lot) {
  if (lot.status === 'won') return t('lot.final_price');
  return lot.user_id === null ? t('lot.starting_price') : t('lot.current_price');
}

/** Who leads or has won; empty while nobody has bid. */
export function leaderText(lot) {
  if (lot.user_id === null) return '';
  const isOwn = lot.user_id === user()?.id;
  if (lot.status === 'won') return isOwn ? t('lot.you_won') : t('lot.winner', { name: bidderName(lot) });
  return isOwn ? t('lot.you_lead') : t('lot.leader', { name: bidderName(lot) });
}

export function bidsText(count) {
  if (!count) return count === 0 ? t('lot.no_bids') : '';
  return tCount('lot.bids', count);
}

/** What an operator did to it last, and why; empty if nothing. */
export function saidText(lot) {
  return lot.said ? t(`said.${lot.said.act}`, { reason: lot.said.reason }) : '';
}

/** The countdown of a lot: `{label, time, isUrgent}`. */
export function countdownOf(lot, lots, now) {
  if (lot.status === 'open' && lot.is_paused) return { label: '', time: t('status.paused'), isUrgent: false };
  if (lot.status !== 'open' || now >= lot.end_at) return { label: '', time: t('lot.ended'), isUrgent: false };
  if (!lots.hasStarted()) return { label: t('lot.starts_in'), time: duration(lots.group.start_at - now), isUrgent: false };
  return { label: t('lot.left'), time: duration(lot.end_at - now), isUrgent: lot.end_at - now <= LAST_MINUTE };
}
