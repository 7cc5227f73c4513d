/** What happens between a press on a bid button and its outcome, and why nothing may be bid now. */
import { placeBid } from '../bids.js';
import { yuan } from '../format.js';
import { t } from '../i18n.js';
import { changeMaximum } from '../maxima.js';
import { isUnusual } from '../raises.js';
import { user } from '../session.js';
import { ensureSignedIn } from './account.js';
import { openQuestion } from './dialogs.js';

const NOTHING = { text: '', tone: 'quiet' };

/**
 * Sends what a reader wishes of the lots of a page, one wish at a time per lot: a `bid`, or another `maximum`. Of each lot it knows the
 * course of that wish: `asked` while the reader is asked back, `sent`, `uncertain` when the answer is late, in the end none of these but
 * a note.
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
    this._courses = new Map(); // lot id → {kind, phase, price}
    this._questions = new Map(); // lot id → {question, words, findProblem, problem}
    this._notes = new Map(); // lot id → {kind, text, tone, at}
  }

  /** `{kind, phase, price}` of a wish that is on its way, else null. */
  courseOf(lot) {
    return this._courses.get(lot.id) ?? null;
  }

  /** Why nobody may bid now, as a few words; empty when they may. */
  get hold() {
    return this._trust.isGood ? '' : t(`hold.${this._trust.state}`);
  }

  /** Whether nothing may be wished of the lot just now: a wish is on its way, or nobody vouches for the price. */
  isBarred(lot) {
    return Boolean(this.courseOf(lot) || this.hold);
  }

  /** What there is to say of the last wish of that kind, `{text, tone}`, while it is about the present price. */
  noteOf(lot, kind = 'bid') {
    const course = this.courseOf(lot);
    if (course?.phase === 'uncertain' && course.kind === kind) return { text: uncertainText(course), tone: 'quiet' };
    const note = this._notes.get(lot.id);
    return note?.kind === kind && note.at === lot.price ? note : NOTHING;
  }

  say(lot, text, tone, kind = 'bid') {
    this._note(lot, kind, text, tone);
    this._onChange(lot);
  }

  /**
   * Asks what must be asked, bids, and takes the outcome into the lots.
   * @returns {Promise<boolean>} whether the bid stands; what there is to say is the lot's note
   */
  bid(lot, { price, max_price: maximum }) {
    const bid = { goods_id: lot.id, group_id: lot.group_id, price };
    return this._follow(lot, {
      kind: 'bid',
      price,
      question: questionOf(lot, price, maximum),
      findProblem: () => this._problemOf(lot) || this._tooLow(lot, price),
      send: async (onUncertain) => {
        const mine = await placeBid(maximum === undefined ? bid : { ...bid, max_price: maximum }, onUncertain);
        this._lots.takeParticipation(mine, maximum);
        return outcome(this._lots.find(lot.id), price, maximum);
      },
    });
  }

  /** The same for the maximum of who leads; null cancels it. */
  changeMaximum(lot, maximum) {
    return this._follow(lot, {
      kind: 'maximum',
      price: maximum,
      question: maximum === null ? null : questionOf(lot, lot.price, maximum),
      findProblem: () => this._problemOf(lot) || (maximum !== null && maximum < lot.price ? atLeast(lot.price) : ''),
      send: async (onUncertain) => {
        const now = await changeMaximum({ goods_id: lot.id, group_id: lot.group_id }, maximum, onUncertain);
        this._lots.takeMaximum(lot.id, now);
        return { text: now === null ? t('maximum.cancelled') : t('proxy.done', { price: yuan(now) }), tone: 'good' };
      },
    });
  }

  /** To be called after every change of a lot or of the trust: a question that is open follows it or is withdrawn with the reason. */
  follow(lot) {
    const asked = this._questions.get(lot.id);
    if (!asked) return;
    asked.problem = asked.findProblem();
    if (asked.problem) asked.question.withdraw();
    else asked.question.say(asked.words());
  }

  async _follow(lot, wish) {
    if (this.courseOf(lot)) return false;
    this._notes.delete(lot.id);
    const step = (phase) => {
      this._courses.set(lot.id, { kind: wish.kind, phase, price: wish.price });
      this._onChange(lot);
    };
    try {
      if (!(await this._isWanted(lot, wish, step))) return false;
      step('sent');
      const { text, tone } = await wish.send(() => step('uncertain'));
      this._note(lot, wish.kind, text, tone);
      return true;
    } catch (error) {
      this._lots.takeRefusal(lot.id, error.data ?? {});
      this._note(lot, wish.kind, refusalText(error, wish.kind), 'bad');
      return false;
    } finally {
      this._courses.delete(lot.id);
      this._onChange(lot);
    }
  }

  async _isWanted(lot, wish, step) {
    const isBarred = () => {
      const problem = wish.findProblem();
      if (problem) this._note(lot, wish.kind, problem, 'bad');
      return Boolean(problem);
    };
    if (isBarred()) return false;
    step('asked');
    if (!(await ensureSignedIn()) || isBarred()) return false;
    return (await this._isMeant(lot, wish)) && !isBarred();
  }

  async _isMeant(lot, { kind, question: asking, findProblem }) {
    if (!asking) return true;
    const { title, words, yes } = asking;
    const question = openQuestion({ title, text: words(), yes, no: t('bid.cancel') });
    const asked = { question, words, findProblem, problem: '' };
    this._questions.set(lot.id, asked);
    const isMeant = await question.answer;
    this._questions.delete(lot.id);
    if (asked.problem) this._note(lot, kind, asked.problem, 'bad');
    return isMeant;
  }

  /** Why nothing can be wished of the lot now; empty when it can. */
  _problemOf(lot) {
    if (lot.status === 'open' && lot.is_paused) return t('bid.paused');
    if (!this._lots.isOpen(lot)) return t(this._lots.hasStarted() ? 'bid.ended' : 'bid.wait');
    return this.hold;
  }

  _tooLow(lot, price) {
    const minimum = this._lots.minimumOf(lot);
    return price < minimum ? t('bid.overtaken', { current: yuan(lot.price), minimum: yuan(minimum) }) : '';
  }

  _note(lot, kind, text, tone) {
    this._notes.set(lot.id, { kind, text, tone, at: lot.price });
  }
}

/** Null where nothing need be asked. */
function questionOf(lot, price, maximum) {
  const names = () => ({ sn: lot.sn, price: yuan(maximum ?? price), current: yuan(lot.price) });
  if (price === lot.top_price) return { title: t('buyout.title'), words: () => t('buyout.text', names()), yes: t('buyout.confirm') };
  const kind = maximum === undefined ? 'bid' : 'maximum';
  if (!isUnusual(lot, maximum ?? price, { isMaximum: kind === 'maximum' })) return null;
  return { title: t(`${kind}.confirm_title`), words: () => t(`${kind}.confirm_jump`, names()), yes: t(`${kind}.confirm`, names()) };
}

function outcome(lot, price, maximum) {
  if (lot.user_id !== user()?.id) return { text: t('bid.done_outbid', { price: yuan(lot.price) }), tone: 'bad' };
  const text = maximum === undefined ? t('bid.done', { price: yuan(price) }) : t('proxy.done', { price: yuan(maximum) });
  return { text, tone: 'good' };
}

function uncertainText({ kind, price }) {
  return t(kind === 'bid' ? 'bid.uncertain' : 'maximum.uncertain', { price: yuan(price ?? 0) });
}

/** What the server knew when it refused is said with the refusal: nobody need look again. */
function refusalText({ error, message, data }, kind) {
  if (error !== 'bid_too_low' || data.minimum === undefined) return message;
  if (kind === 'maximum') return atLeast(data.minimum);
  return t('bid.overtaken', { current: yuan(data.current), minimum: yuan(data.minimum) });
}

const atLeast = (price) => t('proxy.at_least', { price: yuan(price) });
