/** How a lot stood at any moment of its story. */

/**
 * @param {object} story as the server tells it
 * @param {number} at ms
 * @returns {{price: number, leader: string, user_id: number, bids: number, refused: number, end_at: number|null, is_paused: boolean,
 *   is_over: boolean, watchers: number|null, entry: object|null}}
 */
export function standingAt(story, at) {
  const standing = {
    price: story.low_price, leader: '', user_id: 0, bids: 0, refused: 0, end_at: null, is_paused: false, is_over: false, watchers: null, entry: null,
  };
  for (const entry of story.entries) {
    if (entry.arrived_at > at) continue;
    standing.entry = entry;
    take(standing, story, entry);
  }
  standing.watchers = story.watchers.findLast((sample) => sample.at <= at)?.count ?? null;
  return standing;
}

function take(standing, story, entry) {
  if (entry.kind === 'refused') {
    standing.refused += 1;
    return;
  }
  if (entry.kind === 'end') standing.is_over = true;
  if (entry.kind !== 'bid' && entry.kind !== 'action') return;
  if (entry.kind === 'bid') standing.bids += 1;
  if (entry.act === 'pause') standing.is_paused = true;
  if (entry.act === 'resume' || entry.act === 'end') standing.is_paused = false;
  standing.price = entry.price ?? story.low_price;
  standing.leader = entry.nickname;
  standing.user_id = entry.user_id;
  standing.end_at = entry.end_at;
}

/** The first and the last moment that there is something to see. */
export function spanOf(story, now) {
  const moments = story.entries.map(({ arrived_at: at }) => at);
  const last = story.status === 'open' ? Math.min(now, Math.max(story.end_at, ...moments)) : Math.max(story.end_at, ...moments);
  return [Math.min(story.start_at, ...moments), Math.max(last, story.start_at + 1000)];
}

/** Columns for a chart: seconds, prices as they stood, and how many watched. */
export function linesOf(story, [first, last]) {
  const priced = story.entries.filter(({ kind }) => kind === 'bid' || kind === 'action');
  const moments = [first, ...priced.map(({ arrived_at: at }) => at), ...story.watchers.map(({ at }) => at), last];
  const times = [...new Set(moments.filter((at) => at >= first && at <= last))].sort((one, other) => one - other);
  const prices = valuesAt(times, priced.map(({ arrived_at: at, price }) => [at, (price ?? story.low_price) / 100]), null);
  const watchers = valuesAt(times, story.watchers.map(({ at, count }) => [at, count]), null);
  return [times.map((at) => at / 1000), prices, watchers];
}

/** Of steps `[moment, value]` in order, the value at each time. */
function valuesAt(times, steps, before) {
  let next = 0;
  let value = before;
  return times.map((time) => {
    while (next < steps.length && steps[next][0] <= time) {
      [, value] = steps[next];
      next += 1;
    }
    return value;
  });
}
