/** The sale as it runs: every lot, every bid taken or refused, what people write to the mall, what was missed, what needs a look; and what can be done about it. */
import { clockTime, duration, yuan } from '../format.js';
import { el, setText } from '../ui/elements.js';
import { failurePlace } from '../ui/placeholders.js';
import { showContent } from '../ui/shell.js';
import { showToast } from '../ui/toasts.js';
import { onKey } from './frame.js';
import { openGrid } from './grid.js';
import { ask } from './ops.js';
import { SaleFloor } from './sale/floor.js';
import { SaleSource } from './sale/source.js';
import { tell } from './sale/texts.js';
import { openAction } from './thing_forms.js';

const LOTS = 'auctions.lots';
const TALKS = 'mall.support-talks';
const GROUPS = 'auctions.groups';
const BID = '/api/group'; // what it may be refused for is what the stream tells
const TICK = 1000; // ms
const ROWS_A_FRAME = 6; // the rest waits for the next one
const SHOWN = 60; // entries of the stream
const RECORD_SHOWN = 20;
const ROW = 34; // px
// Keys of what is done to a lot, by the verb of the action.
const KEYS = { start: 's', pause: 'p', resume: 'r', extend: 'e', end: 'x', withdraw: 'w', void: 'v' };

/** Shows it; gives what to call when another section is opened. */
export async function showSale(main, description) {
  const view = new SaleView(description);
  showContent(main, view.element);
  await view.open();
  return () => view.close();
}

class SaleView {
  constructor(description) {
    this._description = description;
    this._reasons = description.errorsOf('post', BID);
    this._floor = new SaleFloor();
    this._source = new SaleSource(this._floor, (news) => this._takeNews(news));
    this._chosen = null;
    this._totals = new Map();
    this._alerts = el('ul', { class: 'sale__alerts', 'aria-live': 'polite', 'aria-label': tell('alerts') });
    this._grid = el('div', { class: 'console__grid sale__grid' });
    this._stream = el('ol', { class: 'sale__entries' });
    this._missed = el('ol', { class: 'sale__entries' });
    this._tools = el('div', { class: 'console__buttons', role: 'toolbar', 'aria-label': tell('of_lot') });
    this._name = el('p', { class: 'sale__chosen', role: 'status' }, tell('choose'));
    this.element = el('div', { class: 'sale' },
      el('h1', { class: 'page-title only-heard' }, tell('running')),
      el('dl', { class: 'sale__totals' }, ...['lots', 'led', 'amount', 'bids', 'rate', 'sockets', 'ending'].map((key) => this._total(key))),
      this._alerts,
      el('div', { class: 'sale__places' },
        el('div', { class: 'sale__lots' }, this._grid, this._name, this._tools),
        el('div', { class: 'sale__aside' },
          part(tell('stream'), this._stream),
          part(tell('missed'), this._missed))));
  }

  async open() {
    this._drawTools();
    this._drawStream();
    try {
      this._table = await openGrid(this._grid, {
        index: 'id',
        data: [],
        columns: this._columns(),
        height: 'min(60vh, 40rem)',
        rowHeight: ROW,
        placeholder: tell('nothing'),
        initialSort: [{ column: 'left', dir: 'asc' }],
        selectableRows: 1,
        selectableRowsRangeMode: 'click',
      });
      if (!this._table || this._isClosed) return;
      this._table.on('rowSelected', (row) => this._choose(row.getData().id));
      await this._source.open();
      if (this._isClosed) {
        this._source.close();
        return;
      }
    } catch (error) {
      this._grid.replaceChildren(failurePlace(error, () => window.location.reload()));
      return;
    }
    this._timer = setInterval(() => this._tick(), TICK);
    this._keys = [
      onKey('j', tell('key_down'), () => this._step(1)),
      onKey('ArrowDown', tell('key_down'), () => this._step(1)),
      onKey('k', tell('key_up'), () => this._step(-1)),
      onKey('ArrowUp', tell('key_up'), () => this._step(-1)),
      onKey('Enter', tell('key_open'), () => { if (this._chosen) window.location.hash = this._lots.addressOf(this._chosen); }),
      ...this._actions.filter(({ key }) => key).map(({ key, action }) => onKey(key, action.title, () => this._act(action))),
    ];
  }

  close() {
    this._isClosed = true;
    clearInterval(this._timer);
    cancelAnimationFrame(this._frame);
    this._keys?.forEach((remove) => remove());
    this._source.close();
    this._table?.destroy();
  }

  get _lots() {
    return this._description.noun(LOTS);
  }

  // ---- what is drawn

  _columns() {
    const right = { hozAlign: 'right', headerHozAlign: 'right' };
    const written = (name, more) => ({
      title: tell(name), field: name, formatter: (cell) => document.createTextNode(this._text(name, cell.getData())), ...more,
    });
    return [
      written('sn', { width: 115, formatter: (cell) => el('a', { href: this._lots.addressOf(cell.getData().id) }, cell.getValue()) }),
      written('price', { ...right, width: 105 }),
      written('leader', { width: 95 }),
      written('left', { ...right, width: 90, cssClass: 'sale__left' }),
      written('state', { width: 80 }),
      written('minute', { ...right, width: 88 }),
      written('watchers', { ...right, width: 68 }),
      written('bids', { ...right, width: 68 }),
      written('moved', { ...right, width: 85 }),
      written('issue', { width: 60 }),
    ];
  }

  /** What stands in a cell. */
  _text(name, row) {
    const value = row[name];
    switch (name) {
      case 'price': return value ? yuan(value) : '';
      case 'left': return this._left(row);
      case 'moved': return value > 0 ? `+${duration(value)}` : '';
      default: return String(value ?? '');
    }
  }

  _rowOf(lot) {
    return {
      id: lot.id, sn: lot.sn, issue: lot.issue, price: lot.price, leader: lot.leader, minute: lot.minute, bids: lot.bids, watchers: lot.watchers,
      left: lot.end_at, moved: lot.end_at - lot.planned_end_at, state: this._state(lot),
    };
  }

  _state(lot) {
    if (lot.is_paused) return tell('paused');
    if (lot.status !== 'open') return tell(lot.status);
    return tell(this._source.now() < lot.start_at ? 'waiting' : 'running');
  }

  _left({ id, left: end }) {
    const lot = this._floor.lots.get(id);
    return lot && lot.status === 'open' && !lot.is_paused ? duration(end - this._source.now()) : '';
  }

  _takeNews({ hasLots = false } = {}) {
    this._hasLots ||= hasLots;
    if (!this._frame) this._frame = requestAnimationFrame(() => this._draw());
  }

  /** As much as fits into a frame. */
  _draw() {
    this._frame = null;
    const { changed, lots } = this._floor;
    if (this._hasLots) {
      this._hasLots = false;
      changed.clear();
      this._table.replaceData([...lots.values()].map((lot) => this._rowOf(lot)));
    } else {
      let drawn = 0;
      for (const id of changed) {
        if (drawn >= ROWS_A_FRAME) break;
        drawn += 1;
        changed.delete(id);
        this._drawRow(lots.get(id));
      }
    }
    if (this._floor.hasNews) this._drawStream();
    if (changed.size > 0) this._takeNews();
  }

  /** Past the grid's own way of changing a row, which measures it each time: a row is as high as all others. */
  _drawRow(lot) {
    const row = this._table.getRow(lot.id);
    if (!row) return;
    const [now, shown] = [this._rowOf(lot), row.getData()];
    Object.entries(now).forEach(([name, value]) => {
      if (shown[name] === value) return;
      shown[name] = value;
      setText(row.getCell(name).getElement(), this._text(name, shown));
    });
  }

  _drawStream() {
    const { entries, missed } = this._floor;
    this._floor.hasNews = false;
    const newest = entries.slice(0, SHOWN);
    const at = this._lastDrawn ? newest.indexOf(this._lastDrawn) : -1;
    const fresh = at < 0 ? newest : newest.slice(0, at);
    if (at < 0) this._stream.replaceChildren();
    this._stream.prepend(...fresh.map((entry) => this._entry(entry)));
    while (this._stream.children.length > SHOWN) this._stream.lastChild.remove();
    [this._lastDrawn] = newest;
    if (missed === this._missedDrawn) return;
    this._missedDrawn = missed;
    this._missed.replaceChildren(...(missed.length > 0
      ? missed.slice(0, SHOWN).map((entry) => this._entry(entry, tell('late_by', { ms: entry.late_ms }), this._fateOf(entry)))
      : [el('li', { class: 'sale__none' }, tell('none'))]));
  }

  /** What the lot went for that a late offer was for. */
  _fateOf({ goods_id: id }) {
    const lot = this._floor.lots.get(id);
    if (!lot || !['won', 'unsold'].includes(lot.status)) return '';
    return lot.leader_id ? tell('sold_at', { price: yuan(lot.price) }) : tell('not_sold');
  }

  _entry(entry, ...more) {
    if (entry.type === 'support') return this._heard(entry);
    const isRefused = entry.type === 'refused';
    const sn = this._floor.lots.get(entry.goods_id)?.sn ?? `#${entry.goods_id}`;
    const words = {
      bid: () => tell(entry.is_proxy ? 'proxy' : 'accepted'),
      refused: () => this._reasons.get(entry.reason) ?? entry.reason,
      action: () => `${this._lots?.verbTitle(entry.act) ?? entry.act}：${entry.reason}`,
    }[entry.type]();
    return el('li', { class: `sale__entry${isRefused ? ' sale__entry--refused' : ''}` },
      el('span', { class: 'sale__at' }, clockTime(entry.at)),
      el('span', { class: 'sale__sn' }, sn),
      el('span', {}, entry.nickname ?? ''),
      el('span', { class: 'sale__price' }, entry.price ? yuan(entry.price) : ''),
      el('span', { class: 'sale__words' }, [words, ...more].filter(Boolean).join(' · ')));
  }

  _heard(entry) {
    return el('li', { class: 'sale__entry' },
      el('span', { class: 'sale__at' }, clockTime(entry.at)),
      el('a', { class: 'sale__sn', href: this._description.noun(TALKS).addressOf(entry.talk_id) }, tell('support')),
      el('span', {}, entry.user_id ? `#${entry.user_id}` : ''),
      el('span', { class: 'sale__price' }, ''),
      el('span', { class: 'sale__words' }, entry.text));
  }

  _total(key) {
    const value = el('dd', {}, '—');
    this._totals.set(key, value);
    return el('div', {}, el('dt', {}, tell(`total_${key}`)), value);
  }

  _tick() {
    const now = this._source.now();
    this._floor.tick(now);
    const { lots, running, led, amount, bids } = this._floor.totals();
    const { stats } = this._floor;
    const shown = {
      lots: `${lots}（${running}）`, led, amount: yuan(amount), bids,
      rate: stats?.bids_per_second ?? '—', sockets: stats?.sockets ?? '—', ending: stats?.ending_within_minute ?? '—',
    };
    Object.entries(shown).forEach(([key, value]) => setText(this._totals.get(key), String(value)));
    this._drawAlerts(now);
    this._table.getRows('visible').forEach((row) => {
      const cell = row.getCell('left').getElement();
      setText(cell, this._left(row.getData()));
      cell.classList.toggle('is-soon', this._isSoon(row.getData(), now));
    });
    if (this._floor.changed.size > 0) this._takeNews();
  }

  _isSoon({ id, left: end }, now) {
    return this._floor.lots.get(id)?.status === 'open' && end - now < 60000;
  }

  _drawAlerts(now) {
    const alerts = this._floor.alerts(now, { silence: this._source.silence, isStale: this._source.status.stale });
    const texts = alerts.map(({ key, ...values }) => tell(`alert_${key}`, values));
    const drawn = texts.join('\n');
    if (drawn === this._drawnAlerts) return;
    this._drawnAlerts = drawn;
    this._alerts.replaceChildren(...(texts.length > 0
      ? alerts.map(({ key }, index) => el('li', { class: 'sale__alert' }, key === 'audit' ? el('a', { href: '#/audit' }, texts[index]) : texts[index]))
      : [el('li', { class: 'sale__quiet' }, tell('quiet'))]));
  }

  // ---- what is done

  get _actions() {
    return (this._lots?.actions ?? []).map((action) => ({ action, key: KEYS[action.verb] }));
  }

  _drawTools() {
    const group = this._description.noun(GROUPS);
    this._tools.replaceChildren(
      ...this._actions.map(({ action, key }) => el('button', {
        class: 'button button--small', type: 'button', disabled: this._chosen === null, 'aria-keyshortcuts': key, onclick: () => this._act(action),
      }, action.title, key && el('kbd', { 'aria-hidden': 'true' }, key))),
      ...(group?.actions.length > 0 ? [el('details', { class: 'sale__group' },
        el('summary', {}, tell('whole_group')),
        el('div', { class: 'console__buttons' }, ...group.actions.map((action) => el('button', {
          class: 'button button--small', type: 'button', disabled: this._chosen === null, onclick: () => this._actOnGroup(group, action),
        }, action.title))))] : []));
  }

  _choose(id) {
    const isFirst = this._chosen === null;
    this._chosen = id;
    setText(this._name, tell('chosen', { sn: this._floor.lots.get(id).sn }));
    if (isFirst) this._drawTools();
  }

  /** To the next lot as they are sorted, or the one before. */
  _step(by) {
    const rows = this._table.getRows('active');
    if (rows.length === 0) return;
    const at = rows.findIndex((row) => row.getData().id === this._chosen);
    const row = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    this._table.deselectRow();
    row.select();
    this._table.scrollToRow(row, 'center', false).catch(() => {}); // it is on its way out of the page
  }

  async _act(action) {
    if (this._chosen === null) {
      showToast({ key: 'choose', text: tell('choose') });
      return;
    }
    const { sn } = this._floor.lots.get(this._chosen);
    const thing = { [this._lots.key]: this._chosen, [this._lots.labelName]: sn };
    const dialog = openAction(this._description, this._lots, thing, action, () => {});
    dialog.querySelector('form').before(el('p', { class: 'dialog__text' }, tell('seen')));
    if (action.verb === 'void') await this._offerEntries(dialog, thing[this._lots.key]);
  }

  _actOnGroup(noun, action) {
    const { group_id: id, issue } = this._floor.lots.get(this._chosen);
    openAction(this._description, noun, { [noun.key]: id, [noun.labelName]: issue }, action, () => {});
  }

  /** To void back to an entry, one of the last is chosen. */
  async _offerEntries(dialog, id) {
    const input = dialog.querySelector('input[name=back_to]');
    try {
      const { entries } = await ask('GET', this._lots.pathOf(id));
      const record = await ask('GET', `${this._lots.pathOf(id)}/record`, { query: { after: Math.max(0, entries - RECORD_SHOWN) } });
      const before = record.slice(0, -1).reverse().map((entry) => [entry.seq, `${entry.seq} · ${entry.nickname} · ${yuan(entry.price)}`]);
      const choices = [...before, ...(record[0]?.seq === 1 ? [[0, tell('back_to_none')]] : [])].map(([seq, text]) => el('button', {
        class: 'button button--small', type: 'button', onclick: () => { input.value = seq; },
      }, text));
      dialog.querySelector('form').before(el('div', { class: 'console__buttons', role: 'group', 'aria-label': tell('record') }, ...choices));
    } catch {
      // the number can be typed
    }
  }
}

function part(title, content) {
  return el('section', { class: 'sale__part' },
    el('h2', { class: 'section__title' }, title),
    el('div', { class: 'sale__scroll', tabindex: '0', role: 'region', 'aria-label': title }, content));
}
