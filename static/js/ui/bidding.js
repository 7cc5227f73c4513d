/** What happens between a press on a bid button and its outcome, and why nothing may be bid now. */
import { placeBid } from '../bids.js';
import { yuan } from '../format.js';
import { t } from '../i18n.js';
import { isUnusual } from '../raises.js';
import { user } from '../session.js';
import { ensureSignedIn } from './account.js';
import { openQuestion } from './dialogs.js';

/**
 * Places bids on the lots of a page, one at a time per lot. Of each lot it knows the course of the reader's last bid:
 * `asked` while the reader is asked back, `sent`, `uncertain` when the answer is late, and in the end none of these but a `note`.
 */
export class Bidding {
  /**
   * @param {{lots: import('../lots.js').Lots, trust: import('../trust.js').Trust, onChange: (lot: object) => void}} options
   *   `onChange` after every step of a course
   */
  constructor({ lots, trust, onChange }) {
    this._lots = lots;
    this._trust = trust;
    this._onChange = onChange;
    this._courses = new Map(); // lot id → {phase, price}
    this._questions = new Map(); // lot id → {price, question, problem}
    this._notes = new Map(); // lot id → {text, tone, at}
  }

  /** `{phase, price}` of a bid that is on its way, else null. */
  courseOf(lot) {
    return this._courses.get(lot.id) ?? null;
  }

  /** Why nobody may bid now, as a few words; empty when they may. */
  get hold() {
    return this._trust.isGood ? '' : t(`hold.${this._trust.state}`);
  }

  /** What there is to say of the last bid, `{text, tone}`, while it is about the present price. */
  noteOf(lot) {
    const course = this.courseOf(lot);
    if (course?.phase === 'uncertain') return { text: t('bid.uncertain', { price: yuan(course.price) }), tone: 'quiet' };
    const note = this._notes.get(lot.id);
    return note?.at === lot.price ? note : { text: '', tone: 'quiet' };
  }

  say(lot, text, tone) {
    this._note(lot, text, tone);
    this._onChange(lot);
  }

  /**
   * Asks what must be asked, bids, and takes the outcome into the lots.
   * @returns {Promise<boolean>} whether the bid stands; what there is to say is the lot's note
   */
  async bid(lot, { price, max_price: maximum }) {
    if (this.courseOf(lot)) return false;
    this._notes.delete(lot.id);
    const step = (phase) => { this._courses.set(lot.id, { phase, price }); this._onChange(lot); };
    try {
      if (!(await this._isWanted(lot, price, step))) return false;
      step('sent');
      const bid = { goods_id: lot.id, group_id: lot.group_id, price };
      const mine = await placeBid(maximum === undefined ? bid : { ...bid, max_price: maximum }, () => step('uncertain'));
      this._lots.takeParticipation(mine, maximum);
      this._noteOutcome(this._lots.find(lot.id), price, maximum);
      return true;
    } catch (error) {
      this._lots.takeRefusal(lot.id, error.data ?? {});
      this._note(lot, refusalText(error), 'bad');
      return false;
    } finally {
      this._courses.delete(lot.id);
      this._onChange(lot);
    }
  }

  /** To be called after every change of a lot or of the trust: a question that is open follows it or is withdrawn with the reason. */
  follow(lot) {
    const asked = this._questions.get(lot.id);
    if (!asked) return;
    asked.problem = this._problemOf(lot, asked.price);
    if (asked.problem) asked.question.withdraw();
    else asked.question.say(asked.words());
  }

  async _isWanted(lot, price, step) {
    if (this._isBarred(lot, price)) return false;
    step('asked');
    if (!(await ensureSignedIn()) || this._isBarred(lot, price)) return false;
    return (await this._isMeant(lot, price)) && !this._isBarred(lot, price);
  }

  async _isMeant(lot, price) {
    const asking = questionOf(lot, price);
    if (!asking) return true;
    const { title, words, yes } = asking;
    const question = openQuestion({ title, text: words(), yes, no: t('bid.cancel') });
    const asked = { price, question, words, problem: '' };
    this._questions.set(lot.id, asked);
    const isMeant = await question.answer;
    this._questions.delete(lot.id);
    if (asked.problem) this._note(lot, asked.problem, 'bad');
    return isMeant;
  }

  _isBarred(lot, price) {
    const problem = this._problemOf(lot, price);
    if (problem) this._note(lot, problem, 'bad');
    return Boolean(problem);
  }

  /** Why this offer makes no sense now; empty when it does. */
  _problemOf(lot, price) {
    if (!this._lots.isOpen(lot)) return t(this._lots.hasStarted() ? 'bid.ended' : 'bid.wait');
    if (this.hold) return this.hold;
    const minimum = this._lots.minimumOf(lot);
    return price < minimum ? t('bid.overtaken', { current: yuan(lot.price), minimum: yuan(minimum) }) : '';
  }

  _noteOutcome(lot, price, maximum) {
    if (lot.user_id !== user()?.id) this._note(lot, t('bid.done_outbid', { price: yuan(lot.price) }), 'bad');
    else if (maximum !== undefined) this._note(lot, t('proxy.done', { price: yuan(maximum) }), 'good');
    else this._note(lot, t('bid.done', { price: yuan(price) }), 'good');
  }

  _note(lot, text, tone) {
    this._notes.set(lot.id, { text, tone, at: lot.price });
  }
}

/** Null where nothing need be asked. */
function questionOf(lot, price) {
  const names = () => ({ sn: lot.sn, price: yuan(price), current: yuan(lot.price) });
  if (price === lot.top_price) return { title: t('buyout.title'), words: () => t('buyout.text', names()), yes: t('buyout.confirm') };
  if (!isUnusual(lot, price)) return null;
  return { title: t('bid.confirm_title'), words: () => t('bid.confirm_jump', names()), yes: t('bid.confirm', { price: yuan(price) }) };
}

/** What the server knew when it refused is said with the refusal: nobody need look again. */
function refusalText({ error, message, data }) {
  if (error !== 'bid_too_low' || data.minimum === undefined) return message;
  return t('bid.overtaken', { current: yuan(data.current), minimum: yuan(data.minimum) });
}
