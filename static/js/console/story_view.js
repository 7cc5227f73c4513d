/** A lot's story: its price and who watched as lines, every second to be seen again, everything that happened as a list, and all of it to keep. */
import { duration, shortDateTime, yuan } from '../format.js';
import { load } from '../later.js';
import { el, setText } from '../ui/elements.js';
import { failurePlace } from '../ui/placeholders.js';
import { showContent } from '../ui/shell.js';
import { openGrid } from './grid.js';
import { ask, download } from './ops.js';
import { linesOf, spanOf, standingAt } from './story/replay.js';
import { tell } from './story/texts.js';

const LOTS = 'auctions.lots';
const BID = '/api/group'; // what it may be refused for
const SECOND = 1000; // ms
const TICK = 200; // ms between two moments that are played
const SPEEDS = [1, 10, 60, 600];
const CHART_HEIGHT = 260; // px
const ROW = 34;

/** Shows it; gives what to call when another section is opened. */
export async function showStory(main, description, id) {
  const lots = description.noun(LOTS);
  try {
    const story = await ask('GET', `${lots.pathOf(id)}/story`);
    const view = new StoryView(description, lots, story);
    showContent(main, view.element);
    await view.open();
    return () => view.close();
  } catch (error) {
    showContent(main, failurePlace(error, () => showStory(main, description, id)));
    return () => {};
  }
}

class StoryView {
  constructor(description, lots, story) {
    this._story = story;
    this._lots = lots;
    this._reasons = description.errorsOf('post', BID);
    this._span = spanOf(story, Date.now());
    this._facts = new Map();
    [, this._at] = this._span;
    const [first, last] = this._span;
    this._chart = el('div', { class: 'story__chart', role: 'img', 'aria-label': tell('chart') });
    this._slider = el('input', {
      type: 'range', id: 'moment', class: 'story__slider', min: first, max: Math.ceil((last - first) / SECOND) * SECOND + first, step: SECOND,
      oninput: () => { this._stop(); this._show(Number(this._slider.value)); },
    });
    this._moment = el('output', { for: 'moment', class: 'story__moment' });
    this._play = el('button', { class: 'button button--small', type: 'button', onclick: () => this._playOrStop() }, tell('play'));
    this._speed = el('select', { class: 'field__input story__speed', 'aria-label': tell('speed') },
      ...SPEEDS.map((speed) => el('option', { value: speed, selected: speed === 60 }, `${speed}×`)));
    this._grid = el('div', { class: 'console__grid' });
    this.element = el('div', { class: 'story' },
      el('p', { class: 'way' }, el('a', { href: lots.addressOf(story.goods_id) }, `‹ ${story.sn}`)),
      el('div', { class: 'title-row' },
        el('h1', { class: 'page-title' }, tell('of', { sn: story.sn })),
        el('div', { class: 'console__buttons', role: 'group', 'aria-label': tell('exports') },
          this._export('csv', () => download(`${this._path}.csv`, {})),
          this._export('json', () => keep(`lot-${story.goods_id}.json`, JSON.stringify(story, null, 1), 'application/json')),
          this._export('sheet', () => download(`${this._path}.html`, {}, `lot-${story.goods_id}.html`)))),
      this._chart,
      el('div', { class: 'story__controls' },
        el('label', { for: 'moment' }, tell('moment')), this._moment, this._play, this._speed),
      this._slider,
      el('dl', { class: 'sale__totals' }, ...['price', 'leader', 'left', 'bids', 'refused', 'watchers'].map((key) => this._fact(key))),
      el('section', { class: 'section' }, el('h2', { class: 'section__title' }, tell('entries')), this._grid));
  }

  get _path() {
    return `${this._lots.pathOf(this._story.goods_id)}/story`;
  }

  async open() {
    const [library, table] = await Promise.all([load(() => import('../../vendor/uplot/uplot.js')), this._openGrid()]);
    this._table = table;
    if (library && !this._isClosed) this._draw(library.default);
    this._show(this._at);
  }

  close() {
    this._isClosed = true;
    this._stop();
    this._resizing?.disconnect();
    this._plot?.destroy();
    this._table?.destroy();
  }

  // ---- the lines

  _draw(UPlot) {
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const axis = { stroke: colour('--ink-soft'), grid: { stroke: colour('--line') }, ticks: { stroke: colour('--line') } };
    const steps = UPlot.paths.stepped({ align: 1 });
    this._plot = new UPlot({
      width: this._chart.clientWidth,
      height: CHART_HEIGHT,
      tzDate: (seconds) => UPlot.tzDate(new Date(seconds * SECOND), 'Asia/Shanghai'),
      scales: { x: { time: true }, watchers: { range: (_, low, high) => [0, Math.max(high ?? 0, 4)] } },
      axes: [axis, { ...axis, size: 70 }, { ...axis, scale: 'watchers', side: 1, grid: { show: false } }],
      series: [
        { value: (_, seconds) => (seconds ? shortDateTime(seconds * SECOND) : '—') },
        { label: tell('price'), stroke: colour('--accent'), width: 2, paths: steps, value: (_, price) => (price === null ? '—' : yuan(price * 100)) },
        { label: tell('watchers'), scale: 'watchers', stroke: colour('--news'), paths: steps, points: { show: false } },
      ],
      hooks: {
        draw: [(plot) => this._mark(plot, colour('--bad'))],
        ready: [(plot) => plot.over.addEventListener('click', () => {
          const seconds = plot.posToVal(plot.cursor.left, 'x');
          if (plot.cursor.left >= 0) this._show(Math.round(seconds) * SECOND);
        })],
      },
    }, linesOf(this._story, this._span), this._chart);
    this._resizing = new ResizeObserver(() => this._plot.setSize({ width: this._chart.clientWidth, height: CHART_HEIGHT }));
    this._resizing.observe(this._chart);
  }

  /** The moment that is shown, as a line across. */
  _mark(plot, colour) {
    const x = plot.valToPos(this._at / SECOND, 'x', true);
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }

  // ---- one moment

  _show(at) {
    const [first, last] = this._span;
    this._at = Math.min(Math.max(at, first), Math.max(last, Number(this._slider.max)));
    const standing = standingAt(this._story, this._at);
    this._slider.value = this._at;
    this._slider.setAttribute('aria-valuetext', `${shortDateTime(this._at)} ${yuan(standing.price)}`);
    setText(this._moment, shortDateTime(this._at));
    const shown = {
      price: yuan(standing.price),
      leader: standing.user_id ? `${standing.leader} #${standing.user_id}` : tell('nobody'),
      left: this._left(standing),
      bids: standing.bids,
      refused: standing.refused,
      watchers: standing.watchers ?? tell('unknown'),
    };
    Object.entries(shown).forEach(([key, value]) => setText(this._facts.get(key), String(value)));
    this._plot?.redraw(false);
    this._point(standing.entry);
  }

  _left({ is_over: isOver, is_paused: isPaused, end_at: end }) {
    if (isOver) return tell('over');
    if (isPaused) return tell('paused');
    return end === null ? tell('unknown') : duration(Math.max(0, end - this._at));
  }

  /** Shows the entry that was the last one then. */
  _point(entry) {
    if (!this._table || entry === this._pointed) return;
    this._pointed = entry;
    this._table.deselectRow();
    if (!entry) return;
    const number = this._story.entries.indexOf(entry);
    this._table.selectRow(number);
    this._table.scrollToRow(number, 'center', false).catch(() => {}); // it is on its way out of the page
  }

  _playOrStop() {
    if (this._timer) {
      this._stop();
      return;
    }
    const [first, last] = this._span;
    if (this._at >= last) this._show(first);
    setText(this._play, tell('pause'));
    this._timer = setInterval(() => {
      this._show(this._at + Number(this._speed.value) * TICK);
      if (this._at >= last) this._stop();
    }, TICK);
  }

  _stop() {
    clearInterval(this._timer);
    this._timer = null;
    setText(this._play, tell('play'));
  }

  // ---- everything

  async _openGrid() {
    const right = { hozAlign: 'right', headerHozAlign: 'right' };
    const column = (field, more) => ({ title: tell(field), field, headerSort: false, ...more });
    const table = await openGrid(this._grid, {
      index: 'number',
      data: this._story.entries.map((entry, number) => this._row(entry, number)),
      columns: [
        column('arrived', { width: 175 }),
        column('committed', { width: 110 }),
        column('took', { ...right, width: 65 }),
        column('seq', { ...right, width: 65 }),
        column('what', { width: 110 }),
        column('who', { width: 140 }),
        column('price', { ...right, width: 110 }),
        column('moved', { ...right, width: 90 }),
        column('words', { minWidth: 160 }),
      ],
      height: 'min(60vh, 36rem)',
      rowHeight: ROW,
      selectableRows: 1,
      selectableRowsRangeMode: 'click',
    });
    table?.on('rowClick', (_, row) => this._show(this._story.entries[row.getData().number].arrived_at));
    return table;
  }

  _row(entry, number) {
    const took = entry.committed_at === null || entry.kind === 'end' ? null : entry.committed_at - entry.arrived_at;
    return {
      number,
      arrived: momentOf(entry.arrived_at),
      committed: entry.committed_at === null ? '' : momentOf(entry.committed_at).slice(-12),
      took: took ?? '',
      seq: entry.seq ?? '',
      what: tell(`kind_${entry.is_proxy ? 'proxy' : entry.kind}`),
      who: entry.user_id ? [entry.nickname, `#${entry.user_id}`].filter(Boolean).join(' ') : '',
      price: entry.price === null ? '' : yuan(entry.price),
      moved: entry.moved_ms > 0 ? `+${duration(entry.moved_ms)}` : '',
      words: this._words(entry),
    };
  }

  _words({ kind, act, reason, back_to: backTo, status, is_void: isVoid }) {
    const words = [act && (this._lots.verbTitle(act) ?? act), backTo === null ? null : `→ ${backTo}`, status && this._lots.fields.find(({ name }) => name === 'status').label(status)];
    words.push(kind === 'refused' ? this._reasons.get(reason) ?? reason : reason, isVoid && tell('void'));
    return words.filter(Boolean).join(' · ');
  }

  _fact(key) {
    const value = el('dd', {}, '—');
    this._facts.set(key, value);
    return el('div', {}, el('dt', {}, tell(key)), value);
  }

  _export(key, run) {
    return el('button', { class: 'button button--small', type: 'button', onclick: run }, tell(key));
  }
}

/** To the millisecond. */
const momentOf = (ms) => `${shortDateTime(ms)}.${String(ms % SECOND).padStart(3, '0')}`;

function keep(name, content, type) {
  const link = el('a', { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}
