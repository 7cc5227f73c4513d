/** The head of the current group: issue, state, countdown, connection. */
import { duration, timeSpan } from '../format.js';
import { t, tCount } from '../i18n.js';
import { getGroup } from '../api.js';
import { AdmissionNote } from './admission_note.js';
import { el, setText } from './elements.js';

const LOOK_EVERY = 60000; // ms; for the next group once this one has ended
const STATES = { not_started: 'group.not_started', in_progress: 'group.in_progress', ended: 'group.ended' };

export class GroupHeader {
  constructor(lots, light) {
    this._lots = lots;
    this._title = el('h1', { class: 'group__title' });
    this._state = el('span', { class: 'pill' });
    this._span = el('p', { class: 'group__span' });
    this._label = el('span', { class: 'label' });
    this._time = el('span', { class: 'group__countdown countdown', role: 'timer' });
    this._clock = el('div', { class: 'group__clock' }, this._label, this._time);
    this._announcement = el('p', { class: 'notice group__announcement', role: 'status' });
    this._after = el('p', { class: 'group__after', hidden: true });
    this._admission = new AdmissionNote();
    this.element = el('section', { class: 'group' },
      el('div', { class: 'group__names' },
        el('div', { class: 'group__line' }, this._title, this._state),
        this._span),
      this._clock,
      light.element,
      this._announcement,
      this._admission.element,
      this._after);
  }

  update() {
    const { group, all } = this._lots;
    setText(this._title, t('group.issue', { issue: group.issue }));
    setText(this._span, `${timeSpan(group.start_at, group.end_at)} · ${tCount('group.lots', group.lots ?? all.length)}`);
    this._announcement.hidden = !group.announcement;
    setText(this._announcement, group.announcement ?? '');
    this.tick(this._lots.now());
  }

  /** To be called when another group is shown, or to another reader. */
  tellAdmission() {
    this._admission.look(this._lots.group);
  }

  tick(now) {
    const state = this._stateAt(now);
    if (this._state.dataset.standing !== state) this._enter(state);
    const target = state === 'not_started' ? this._lots.group.start_at : this._lastEnd();
    setText(this._time, duration(target - now));
  }

  /** The group ends with its last lot, which a late bid may have extended. */
  _lastEnd() {
    const { group, all } = this._lots;
    return all.reduce((end, lot) => (lot.status === 'open' ? Math.max(end, lot.end_at) : end), group.end_at);
  }

  _stateAt(now) {
    if (now < this._lots.group.start_at) return 'not_started';
    return this._lots.group.status === 2 || now >= this._lastEnd() ? 'ended' : 'in_progress';
  }

  _enter(state) {
    this._state.dataset.standing = state;
    setText(this._state, t(STATES[state]));
    this._clock.hidden = state === 'ended';
    setText(this._label, t(state === 'not_started' ? 'group.until_start' : 'group.until_end'));
    this._after.hidden = state !== 'ended';
    clearTimeout(this._looking);
    if (state !== 'ended') return;
    this._after.replaceChildren(el('a', { href: `/history/${this._lots.group.id}` }, t('group.see_results')));
    this._lookForNext();
  }

  async _lookForNext() {
    const next = await getGroup().catch(() => null); // none yet: look again later
    if (next && next.id !== this._lots.group.id) this._after.append(' · ', el('a', { href: '/' }, t('group.see_next')));
    else this._looking = setTimeout(() => this._lookForNext(), LOOK_EVERY);
  }
}
