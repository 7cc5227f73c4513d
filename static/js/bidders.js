/** What bidders are called on pages: shortened, as at judicial sales, with the number that tells two of one name apart. */
import { user } from './session.js';

const WHOLE = 3; // characters: of shorter names the last one would give all away
const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The reader's own name whole; of others "阿**钞#12". @param {{user_id: number, nickname: string}} bidder */
export function bidderName({ user_id: userId, nickname }) {
  if (userId === user()?.id) return nickname;
  const name = Array.from(characters.segment(nickname), ({ segment }) => segment);
  return `${name[0] ?? ''}**${name.length >= WHOLE ? name.at(-1) : ''}#${userId}`;
}
