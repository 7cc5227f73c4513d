/** The price of a lot over its last bids, as a step line. */
import { bidderName } from '../bidders.js';
import { shortDateTime, timeSeenFrom, yuan } from '../format.js';
import { t } from '../i18n.js';
import { el, svg } from './elements.js';

const HEIGHT = 200; // px, as is the width: letters keep their size on narrow screens
const LEAST_WIDTH = 240;
const EDGE = { left: 8, right: 84, top: 20, bottom: 28 };

/** `show(bids, now)` with bids newest first. */
export class PriceChart {
  constructor() {
    this.element = el('figure', { class: 'chart' });
    this._bids = [];
    this._now = 0;
    new ResizeObserver(() => this._draw()).observe(this.element);
  }

  show(bids, now) {
    this._bids = bids.filter(({ price }) => price); // nobody leads after a void of all
    this._now = now;
    this._draw();
  }

  _draw() {
    const width = Math.max(LEAST_WIDTH, this.element.clientWidth);
    const isEmpty = this._bids.length === 0;
    this.element.replaceChildren(isEmpty ? el('p', { class: 'place__hint' }, t('lot.chart_empty')) : draw(this._bids, this._now, width));
  }
}

function draw(newestFirst, now, width) {
  const bids = [...newestFirst].reverse();
  const [first, last] = [bids[0], bids[bids.length - 1]];
  const x = scale(first.at, Math.max(now, last.at), EDGE.left, width - EDGE.right);
  const y = scale(first.price, last.price, HEIGHT - EDGE.bottom, EDGE.top);
  const place = ({ at, price }) => ({ x: x(at), y: y(price) });
  const end = { x: width - EDGE.right, y: y(last.price) };
  const line = stepLine(bids.map(place), end);
  const floor = HEIGHT - EDGE.bottom;
  const label = t('lot.chart_text', { from: yuan(first.price), to: yuan(last.price), count: bids.length });
  return svg('svg', { class: 'chart__drawing', viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: 'img', 'aria-label': label },
    svg('path', { class: 'chart__area', d: `${line} V${floor} H${round(x(first.at))} Z` }),
    svg('line', { class: 'chart__axis', x1: EDGE.left, x2: width - EDGE.right, y1: floor, y2: floor }),
    svg('path', { class: 'chart__line', d: line }),
    ...bids.map((bid) => dot(place(bid), bid)),
    svg('circle', { class: 'chart__now', cx: round(end.x), cy: round(end.y), r: 4.5 }),
    text(end.x + 10, end.y + 5, 'chart__value chart__value--now', yuan(last.price)),
    first.price !== last.price && text(end.x + 10, y(first.price) + 5, 'chart__value', yuan(first.price)),
    ...times(first.at, Math.max(now, last.at), width));
}

/** The price holds until the next bid, so the line goes right first and then up. */
function stepLine(points, end) {
  const steps = points.slice(1).map((point) => `H${round(point.x)} V${round(point.y)}`);
  return `M${round(points[0].x)} ${round(points[0].y)} ${steps.join(' ')} H${round(end.x)}`;
}

function dot({ x, y }, bid) {
  const { price, at } = bid;
  return svg('circle', { class: 'chart__dot', cx: round(x), cy: round(y), r: 2.5 },
    svg('title', {}, `${yuan(price)} · ${bidderName(bid)} · ${shortDateTime(at)}`));
}

function times(from, to, width) {
  const end = { class: 'chart__time', x: width - EDGE.right, y: HEIGHT - 8, 'text-anchor': 'end' };
  return [
    text(EDGE.left, HEIGHT - 8, 'chart__time', timeSeenFrom(to, from)),
    svg('text', end, timeSeenFrom(from, to)),
  ];
}

function text(x, y, kind, words) {
  return svg('text', { class: kind, x: round(x), y: round(y) }, words);
}

function scale(from, to, low, high) {
  return from === to ? () => (low + high) / 2 : (value) => low + ((value - from) / (to - from)) * (high - low);
}

const round = (number) => Math.round(number * 10) / 10;
