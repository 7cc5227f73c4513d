/** Keeps older news of a lot from overwriting newer. */

/** Per channel and lot, the newest `seq` that was let through. */
export class SeqFilter {
  constructor() {
    this._channels = new Map();
  }

  /** Whether an event is news; a `lot` or `extended` event may share the seq of the bid it follows. */
  lets(event) {
    if (event.seq === undefined || event.goods_id === undefined) return true;
    const known = this._of(event.channel);
    const passed = known.get(event.goods_id);
    if (passed !== undefined && (event.seq < passed || (event.seq === passed && event.type === 'price'))) return false;
    known.set(event.goods_id, event.seq);
    return true;
  }

  /** The lots of a snapshot that are not older than what is known; a whole snapshot is taken as it is. */
  lotsOf(channel, lots, isWhole) {
    if (isWhole) this._channels.delete(channel);
    const known = this._of(channel);
    return lots.filter((lot) => {
      if (known.has(lot.goods_id) && lot.seq < known.get(lot.goods_id)) return false;
      known.set(lot.goods_id, lot.seq);
      return true;
    });
  }

  forget(channel) {
    this._channels.delete(channel);
  }

  _of(channel) {
    if (!this._channels.has(channel)) this._channels.set(channel, new Map());
    return this._channels.get(channel);
  }
}
