/** Who may bid on a group's lots and for how much in all, told before anybody tries. */
import { getAdmission } from '../api.js';
import { yuan } from '../format.js';
import { t } from '../i18n.js';
import { lastAsked } from '../last_asked.js';
import { user } from '../session.js';
import { el, setText } from './elements.js';

export class AdmissionNote {
  /** `tellsLeads`: also what of the limit the reader has used; then it is to be asked to look again when that has changed. */
  constructor({ tellsLeads = false } = {}) {
    this._tellsLeads = tellsLeads;
    this._asking = lastAsked();
    this.element = el('p', { class: 'notice admission', role: 'status', hidden: true });
  }

  /** Says what there is to say of that group to the present reader; nothing where everyone may bid. */
  async look(group) {
    const isLast = this._asking();
    if (!group?.who_may_bid) return;
    const mine = user() ? await getAdmission(group.id).catch(() => null) : null; // what the group asks is said all the same
    if (!isLast()) return;
    const words = [whoText(group, mine), this._limitText(group, mine)].filter(Boolean);
    this.element.hidden = words.length === 0;
    this.element.dataset.tone = mine && !mine.may_bid ? 'bad' : 'quiet';
    setText(this.element, words.join(' '));
  }

  _limitText({ lead_limit: limit }, mine) {
    if (!limit) return '';
    if (!mine || !this._tellsLeads) return t('admission.limit', { limit: yuan(limit) });
    return t('admission.limit_used', { limit: yuan(limit), leads: yuan(mine.leads) });
  }
}

function whoText({ who_may_bid: who, deposit }, mine) {
  if (who === 'anyone') return '';
  const state = mine === null ? '' : mine.may_bid ? '_met' : '_unmet';
  return t(`admission.${who}${state}`, { deposit: yuan(deposit) });
}
