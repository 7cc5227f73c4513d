/** The price of a lot over its whole record, as a step line: drawn by uPlot, which is fetched when there is a line to be seen. */
import { getPriceLine } from '../api.js';
import { shortDateTime, shortYuan, timeSeenFrom, yuan } from '../format.js';
import { t } from '../i18n.js';
import { load } from '../later.js';
import { el, setText } from './elements.js';

const LIBRARY = '../../vendor/uplot/uplot.js'; // not named in the import itself: else every lot's page would fetch it
const STYLE = '../../vendor/uplot/uplot.css';
const ZONE = 'Asia/Shanghai';
const HEIGHT = 220; // px
const MOST_DOTS = 60;
const SPANS = [[1000, [1, 2, 5, 10, 15, 30]], [60000, [1, 2, 5, 10, 15, 30]], [3600000, [1, 2, 3, 6, 12]], [86400000, [1, 2, 5, 10, 30]]]
  .flatMap(([unit, times]) => times.map((count) => count * unit)); // ms between moments: closer steps than uPlot's own
const DIGIT = 7; // px
const GAP = 16; // px, between moments
const FLATTEST = 200; // a price that moved by less than this part of it is drawn as hardly moving
const WHOLE_FEN = [...Array(12).keys()].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power)); // no price is between two
const KEPT_READY = 50; // bids: a longer record's line is asked for

/** `show(bids, now)` with the newest bids, newest first. */
export class PriceChart {
  constructor(goodsId) {
    this._goodsId = goodsId;
    this._place = el('div', { class: 'chart__place', role: 'img', hidden: true });
    this._words = el('figcaption', { class: 'chart__words', 'aria-hidden': 'true' });
    this._empty = el('p', { class: 'place__hint' }, t('lot.chart_empty'));
    this.element = el('figure', { class: 'chart' }, this._empty, this._place, this._words);
    this._earlier = []; // points from before the newest bids
    this._newest = [];
    this._oldestSeq = 0; // of the newest bids
    this._points = [];
    this._now = 0;
    this._plot = null;
    this._isSeen = false;
    new IntersectionObserver(([{ isIntersecting }], observer) => {
      if (!isIntersecting) return;
      observer.disconnect();
      this._isSeen = true;
      this._draw();
    }, { rootMargin: '200px' }).observe(this.element);
    new ResizeObserver(() => this._plot?.setSize({ width: this._place.clientWidth, height: HEIGHT })).observe(this.element);
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this._drawAnew());
  }

  show(bids, now) {
    const newest = bids.filter(({ price }) => price).reverse(); // nobody leads after a void of all
    this._oldestSeq = bids.at(-1)?.seq ?? 0;
    this._count = bids[0]?.seq ?? 0;
    this._newest = newest.map(({ at, price }) => ({ at, price }));
    this._now = now;
    this._draw();
  }

  async _draw() {
    const newest = this._newest;
    this._points = [...this._earlier.filter(({ at }) => at < (newest[0]?.at ?? Infinity)), ...newest];
    const isEmpty = this._points.length === 0;
    this._empty.hidden = !isEmpty;
    this._place.hidden = isEmpty;
    if (isEmpty) return;
    const [first, last] = [this._points[0], this._points.at(-1)];
    const label = t('lot.chart_text', { from: yuan(first.price), to: yuan(last.price), count: this._count });
    this._place.setAttribute('aria-label', label);
    if (!this._isSeen) return;
    this._askForEarlier();
    if (this._plot) {
      this._plot.setData(this._data());
      return;
    }
    this._loading ??= this._load();
    await this._loading;
  }

  async _load() {
    const found = await load(() => import(LIBRARY));
    if (!found) return;
    this._library = found.default;
    document.head.append(el('link', { rel: 'stylesheet', href: new URL(STYLE, import.meta.url).href }));
    this._drawAnew();
  }

  _drawAnew() {
    if (!this._library) return;
    this._plot?.destroy();
    this._plot = new this._library(this._options(), this._data(), this._place);
  }

  /** Once, where the newest bids are not all. */
  async _askForEarlier() {
    if (this._isAsked || this._oldestSeq <= 1 || this._points.length < KEPT_READY) return;
    this._isAsked = true;
    const line = await getPriceLine(this._goodsId).catch(() => null); // the newest bids are a line, too
    if (!line) return;
    this._earlier = line.at.map((at, index) => ({ at, price: line.price[index] }));
    this._draw();
  }

  /** The last price holds until now. */
  _data() {
    const points = [...this._points, { at: Math.max(this._now, this._points.at(-1).at), price: this._points.at(-1).price }];
    return [points.map(({ at }) => at), points.map(({ price }) => price)];
  }

  _options() {
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const font = `13px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: colour('--ink-soft'), font, grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
    const { paths, tzDate } = this._library;
    return {
      width: this._place.clientWidth,
      height: HEIGHT,
      ms: 1,
      padding: [12, () => this._widthOf(this._points.at(-1).at) / 2, 0, 0], // what is said of the last moment stands below it
      tzDate: (at) => tzDate(new Date(at), ZONE),
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { x: { time: true }, y: { range: (_, least, most) => spread(least, most) } },
      axes: [
        {
          ...axis,
          space: () => this._widthOf(this._points[0].at) + GAP,
          size: 32,
          incrs: SPANS,
          values: ({ scales }, moments) => moments.map((at) => (at <= scales.x.max ? timeSeenFrom(this._now, at) : null)),
        },
        { ...axis, size: 76, incrs: WHOLE_FEN, values: (_, prices) => prices.map((price) => shortYuan(Math.round(price))) },
      ],
      series: [
        {},
        {
          stroke: colour('--accent'),
          fill: colour('--accent-tint'),
          width: 2,
          paths: paths.stepped({ align: 1 }),
          points: { show: this._points.length <= MOST_DOTS, size: 5, stroke: colour('--accent'), fill: colour('--surface') },
        },
      ],
      hooks: { setCursor: [(plot) => this._tell(plot.cursor.idx)] },
    };
  }

  /** About, in px, of what stands below a moment. */
  _widthOf(at) {
    return timeSeenFrom(this._now, at).length * DIGIT;
  }

  _tell(index) {
    const point = this._points[Math.min(index ?? -1, this._points.length - 1)];
    setText(this._words, point ? `${yuan(point.price)} · ${shortDateTime(point.at)}` : '');
  }
}

/** Some room around the line, also where the price is one or hardly moves. */
function spread(least, most) {
  const room = Math.max(1, most / FLATTEST, (most - least) * 0.08);
  return [Math.max(0, least - room), most + room];
}
