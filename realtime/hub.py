"""Who on this process listens to what; turns what happens on the floor into frames, one encoding for all listeners."""
from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Literal

from msgspec import Struct

from realtime import codes, protocol
from realtime.channels import Channel
from realtime.protocol import Message
from realtime.session import Session, Stream, Wire
from server.domain.auctions.cursors import Entry
from server.domain.auctions.floor import Floor
from server.domain.auctions.goods import LotState, LotStatus
from server.domain.auctions.live import BIDS_SHOWN, LiveService, notices_of
from server.domain.auctions.ops import ops_entries_of
from server.domain.clock import Clock, to_ms
from server.domain.events import (
    BidNews,
    Event,
    FloorStale,
    GroupChanged,
    ListenersCounted,
    LotAnnounced,
    LotChanged,
    QueueMoved,
    SaleNews,
    WatchlistChanged,
)

TICK_SECONDS = 0.005  # changes within it travel in one frame
MOST_SHARE = 1 / 3  # of the loop for frames: the more listeners, the longer the tick, so that bids and polls have the rest
SLICE_SECONDS = 0.004  # of frames at a stretch: whoever bids or polls meanwhile waits no longer than that for many listeners
LOOK_AT_CLOCK_EVERY = 16  # listeners
FORGET_SECONDS = 5.0  # a process that has not counted its listeners for so long is gone
WATCHED = "watched"  # the channel of a listener's own watch list
LAGGING_BYTES = 32 * 1024  # a listener that has not taken this much gets the newest state only


class _LotNews(Struct):
    """What of a lot changed since the last frame."""

    state: LotState
    has_price: bool = False
    is_extended: bool = False
    has_status: bool = False
    has_action: bool = False
    bids: list[BidNews] = []


class _Broadcast:
    """One frame on its way to the listeners of a channel; those who wait for it are sent it slice by slice."""

    __slots__ = ("name", "message", "lots", "of_channel", "waiting")

    def __init__(self, name: str, message: Message, lots: set[int], of_channel: list[Struct], waiting: set[Session]):
        self.name = name
        self.message = message
        self.lots = lots
        self.of_channel = of_channel
        self.waiting = waiting


class Hub:
    """Fans out. Listeners of one channel are sent the same bytes; nobody waits for anybody."""

    def __init__(
        self,
        floor: Floor,
        live: LiveService,
        clock: Clock,
        observe_lag: Callable[[float], None] = lambda seconds: None,
        is_clean: Callable[[], bool] = lambda: True,
    ):
        self._is_clean = is_clean  # whether the audit finds nothing
        self._observe_lag = observe_lag  # from the first news heard to their frames handed to the sockets
        self.conflations = 0  # states that a listener was not sent because it lagged
        self.deliveries = 0  # frames handed to listeners of a channel
        self.closes: Counter[tuple[str, int]] = Counter()  # by kind of wire and close code
        self._heard_at = 0.0
        self._floor = floor
        self._live = live
        self._clock = clock
        self.sessions: set[Session] = set()
        self._listeners: dict[str, set[Session]] = {}
        self._by_user: dict[int, set[Session]] = {}
        self._lot_news: dict[int, _LotNews] = {}
        self._channel_events: dict[str, list[Struct]] = defaultdict(list)
        self._watching: dict[int, set[Session]] = {}  # goods id → those who listen to a watch list with it
        self._streaming: set[Session] = set()  # with entries that wait for the next frame
        self._watchers_changed: set[int] = set()
        self._elsewhere: dict[str, tuple[float, ListenersCounted]] = {}  # worker → when it last said what
        self._bids_counted = 0
        self._late_ms = 0
        self._queue_versions: dict[int, int] = {}  # that listeners were told
        self._flush_handle: asyncio.TimerHandle | asyncio.Handle | None = None
        self._flush_at = 0.0  # the earliest time for the next, as time.perf_counter() tells it
        self._began_at = 0.0
        self._told_from = 0.0  # when the first news of this flush was heard
        self._cost = 0.0  # of the frames of this flush so far, in seconds
        self._sent_to = 0  # listeners, in this flush
        self._cost_of_one = math.inf  # of a frame to one listener, in the flush before
        self._broadcasts: deque[_Broadcast] = deque()  # that not all have been sent yet
        floor.listen(self._on_event)

    # Listeners

    def add(self, session: Session) -> None:
        self.sessions.add(session)

    def remove(self, session: Session) -> None:
        """Forgets a listener; safe to call twice."""
        self.sessions.discard(session)
        for channel in list(session.channels.values()):
            self.unsubscribe(session, channel)
        self.forget_user(session)

    def count_close(self, kind: str, code: int) -> None:
        """A connection ended; a code that anybody could make up counts as another."""
        self.closes[kind, code if code in codes.COUNTED else codes.OTHER] += 1

    def identify(self, session: Session) -> None:
        """The session has a user now."""
        assert session.user is not None
        self._by_user.setdefault(session.user.id, set()).add(session)

    def forget_user(self, session: Session) -> None:
        if session.user is not None:
            sessions = self._by_user.get(session.user.id, set())
            sessions.discard(session)
            if not sessions:
                self._by_user.pop(session.user.id, None)

    def sessions_of(self, user_id: int) -> list[Session]:
        return list(self._by_user.get(user_id, ()))

    def begin_stream(self, session: Session, name: str, cursor_channel: str) -> Stream:
        """From now on every event of that channel is kept for this listener."""
        stream = session.streams[name] = Stream(cursor_channel)
        return stream

    def subscribe(self, session: Session, channel: Channel) -> None:
        self._withhold(session, channel.name)
        session.channels[channel.name] = channel
        self._listeners.setdefault(channel.name, set()).add(session)
        if channel.kind == "goods":
            self._count_watchers(channel.number)

    def unsubscribe(self, session: Session, channel: Channel) -> None:
        if channel.kind == "watched":
            self.watch(session, ())
        self._withhold(session, channel.name)
        session.channels.pop(channel.name, None)
        session.behind.pop(channel.name, None)
        session.streams.pop(channel.name, None)
        listeners = self._listeners.get(channel.name)
        if listeners is not None:
            listeners.discard(session)
            if not listeners:
                del self._listeners[channel.name]
        if channel.kind == "goods":
            self._count_watchers(channel.number)

    def list_queues(self) -> list[int]:
        """Those that somebody here looks at."""
        return [int(name.removeprefix("queue:")) for name in self._listeners if name.startswith("queue:")]

    def watch(self, session: Session, goods_ids: Iterable[int]) -> None:
        """These lots are on the watch list that the session listens to, and no others."""
        for goods_id in session.watched:
            listeners = self._watching[goods_id]
            listeners.discard(session)
            if not listeners:
                del self._watching[goods_id]
        before, session.watched = session.watched, set(goods_ids)
        self._withhold(session, WATCHED, before ^ session.watched)
        for goods_id in session.watched:
            self._watching.setdefault(goods_id, set()).add(session)

    def _withhold(self, session: Session, name: str, lots: set[int] | None = None) -> None:
        """Frames on their way no longer go to this listener, who is sent something newer now, or left; `lots`: those with any of them."""
        for one in self._broadcasts:
            if one.name == name and (lots is None or one.lots & lots):
                one.waiting.discard(session)

    def count_watchers(self, goods_id: int) -> int:
        """How many look at this lot, on all processes."""
        here = len(self._listeners.get(f"goods:{goods_id}", ()))
        return here + sum(counted.watchers.get(goods_id, 0) for _, counted in self._elsewhere.values())

    def count_listeners(self, worker: str) -> ListenersCounted:
        """This process's listeners, for the others."""
        watchers = {}
        for name, listeners in self._listeners.items():
            kind, _, number = name.partition(":")
            if kind == "goods":
                watchers[int(number)] = len(listeners)
        return ListenersCounted(worker=worker, sockets=len(self.sessions), watchers=watchers, late_ms=self._late_ms)

    def note_late(self, seconds: float) -> None:
        """So late the event loop ran what was due at the last second; the look at the database may be later."""
        self._late_ms = round(max(seconds, self._floor.late_seconds) * 1000)

    def tell_statistics(self) -> None:
        """Tells operators how busy the sale is; called once a second."""
        bids, self._bids_counted = self._bids_counted, 0
        now = time.monotonic()
        self._elsewhere = {worker: said for worker, said in self._elsewhere.items() if now - said[0] < FORGET_SECONDS}
        if "ops" not in self._listeners:
            return
        message = protocol.push_message([self.count_statistics(bids)], {}, to_ms(self._clock.now()))
        for session in self._listeners["ops"]:
            session.wire.send(message)

    def count_statistics(self, bids: int = 0) -> protocol.StatisticsEvent:
        sockets = len(self.sessions) + sum(counted.sockets for _, counted in self._elsewhere.values())
        audit: Literal["green", "red"] = "green" if self._is_clean() else "red"
        late_ms = max([self._late_ms, *(counted.late_ms for _, counted in self._elsewhere.values())])
        ending = self._floor.count_ending_soon()
        return protocol.StatisticsEvent("ops", sockets, bids, ending, audit, late_ms, self.count_all_watchers())

    def count_all_watchers(self) -> dict[int, int]:
        """Of each lot that anybody looks at, over all processes."""
        watchers = Counter(self.count_listeners("").watchers)
        for _, counted in self._elsewhere.values():
            watchers.update(counted.watchers)
        return dict(watchers)

    # News

    def _on_event(self, event: Event) -> None:
        if isinstance(event, LotChanged):
            self._take_lot(event)
        elif isinstance(event, GroupChanged):
            name = f"group:{event.group.id}"
            status = event.group.status_at(self._clock.now())
            self._channel_events[name].append(protocol.group_event(name, event.group, status))
        elif isinstance(event, QueueMoved):
            self._take_queue(event)
        elif isinstance(event, FloorStale):
            for name in self._listeners:
                if name.startswith(("group:", "goods:")) or name == WATCHED:
                    self._channel_events[name].append(protocol.StaleEvent(name, event.is_stale))
        elif isinstance(event, ListenersCounted):
            self._take_watchers(event)
        elif isinstance(event, WatchlistChanged):
            self._take_watchlist(event)
        if isinstance(event, (LotChanged, LotAnnounced, SaleNews)):
            self._take_notices(event)
        for entry in ops_entries_of(event) if "ops" in self._listeners else ():
            for session in self._listeners["ops"]:
                self._add_entry(session, "ops", entry)
        self._schedule_flush()

    def _take_lot(self, event: LotChanged) -> None:
        state, told = event.state, event.previous
        self._bids_counted += len(event.bids)
        news = self._lot_news.get(state.goods_id)
        if news is None:
            news = self._lot_news[state.goods_id] = _LotNews(state, bids=[])
        news.state = state
        news.has_price = news.has_price or told is None or told.seq != state.seq
        # Who asked for a lot that this process had not looked at yet may have been told of it as it was before.
        was_moved = told.end_at != state.end_at if told is not None else state.extended_by is not None
        was_ended = told.status is not state.status if told is not None else state.status is not LotStatus.OPEN
        news.is_extended = news.is_extended or was_moved
        news.has_status = news.has_status or was_ended
        news.has_action = news.has_action or (told.said if told is not None else None) != state.said
        news.bids += event.bids

    def _take_queue(self, moved: QueueMoved) -> None:
        """Its newest state alone; what comes late, or again, is nothing new."""
        name = f"queue:{moved.queue_id}"
        if moved.version > self._queue_versions.get(moved.queue_id, 0):
            self._queue_versions[moved.queue_id] = moved.version
            self._channel_events[name] = [protocol.QueueEvent.of(moved)]

    def _take_notices(self, event: Event) -> None:
        for user_id, notice in notices_of(event):
            for session in self._by_user.get(user_id, ()):
                self._add_entry(session, "me", notice)

    def _add_entry(self, session: Session, name: str, entry: Entry) -> None:
        stream = session.streams.get(name)
        if stream is not None and stream.add(entry):
            self._streaming.add(session)

    def _take_watchers(self, event: ListenersCounted) -> None:
        before = self._elsewhere[event.worker][1].watchers if event.worker in self._elsewhere else {}
        self._elsewhere[event.worker] = (time.monotonic(), event)
        for goods_id, _ in before.items() ^ event.watchers.items():
            self._count_watchers(goods_id)

    def _take_watchlist(self, event: WatchlistChanged) -> None:
        """Its user's listeners hear of it, and from now on of the lot."""
        known = self._floor.find_lot(event.goods_id) if event.is_watched else None
        events: list[Struct] = [protocol.WatchedEvent(WATCHED, event.goods_id, event.is_watched)]
        events += [protocol.price_event(WATCHED, known.state)] if known is not None else []
        for session in self._by_user.get(event.user_id, ()):
            session.watchlist_changes += 1
            if WATCHED in session.channels:
                self.watch(session, session.watched | {event.goods_id} if event.is_watched else session.watched - {event.goods_id})
                session.wire.send(self._message(WATCHED, events))

    def _count_watchers(self, goods_id: int) -> None:
        self._watchers_changed.add(goods_id)
        self._schedule_flush()

    # Frames

    def _schedule_flush(self) -> None:
        if self._heard_at == 0.0:
            self._heard_at = time.perf_counter()  # uvloop's time stands still within a round
        if self._flush_handle is None and not self._broadcasts:  # else when those have been sent
            loop = asyncio.get_running_loop()
            wait = self._flush_at - time.perf_counter()
            self._flush_handle = loop.call_later(wait, self._begin_flush) if wait > 0 else loop.call_soon(self._begin_flush)

    def flush(self) -> None:
        """Sends what is on its way, and what has come together since, to the last listener."""
        while self._broadcasts or self._flush_handle is not None:
            self._send(is_whole=True)
            if self._flush_handle is not None:
                self._begin_flush(is_whole=True)

    def _begin_flush(self, *, is_whole: bool = False) -> None:
        """Makes frames of what has come together since the last, and sends them: whole, or slice by slice."""
        if self._flush_handle is not None:
            self._flush_handle.cancel()
            self._flush_handle = None
        self._began_at, self._sent_to = time.perf_counter(), 0
        try:
            self._make_frames()
        finally:
            self._cost = time.perf_counter() - self._began_at
            self._send(is_whole=is_whole)

    def _make_frames(self) -> None:
        for goods_id in self._watchers_changed:
            name = f"goods:{goods_id}"
            if name in self._listeners:
                self._channel_events[name].append(protocol.WatchersEvent(name, goods_id, self.count_watchers(goods_id)))
        self._watchers_changed.clear()
        self._told_from, self._heard_at = self._heard_at, 0.0
        lot_news, self._lot_news = self._lot_news, {}
        channel_events, self._channel_events = self._channel_events, defaultdict(list)
        by_group: dict[str, list[_LotNews]] = defaultdict(list)
        for news in lot_news.values():
            by_group[f"group:{news.state.group_id}"].append(news)
        for name in by_group.keys() | channel_events.keys():
            if name.startswith("group:") and name in self._listeners:
                events = [event for news in by_group.get(name, ()) for event in _group_events(name, news)]
                lots = {news.state.goods_id for news in by_group.get(name, ())}
                self._broadcast(name, events, lots, channel_events.pop(name, []))
        for news in lot_news.values():
            name = f"goods:{news.state.goods_id}"
            if name in self._listeners:
                self._broadcast(name, _goods_events(name, news), {news.state.goods_id}, channel_events.pop(name, []))
            if news.state.goods_id in self._watching:
                events = [*_group_events(WATCHED, news)]
                self._broadcast(WATCHED, events, {news.state.goods_id}, [], self._watching[news.state.goods_id])
        for name, events in channel_events.items():
            if name in self._listeners:
                self._broadcast(name, [], set(), events)
        self._send_streams()

    def _send(self, *, is_whole: bool = False) -> None:
        """Sends on for a slice; what is left then is sent when all who want something else were heard."""
        began_at = time.perf_counter()
        ends_at = math.inf if is_whole else began_at + SLICE_SECONDS
        try:
            while self._broadcasts:
                if not self._send_some(self._broadcasts[0]):
                    self._broadcasts.popleft()
                elif time.perf_counter() >= ends_at:
                    break
        finally:  # whatever one listener's wire does, the others are sent theirs
            self._end_slice(began_at)

    def _end_slice(self, began_at: float) -> None:
        now = time.perf_counter()
        self._cost += now - began_at
        if self._broadcasts:
            asyncio.get_running_loop().call_soon(self._send_on)
            return
        self._flush_at = self._began_at + max(TICK_SECONDS, self._usual_cost() / MOST_SHARE)
        if self._told_from:
            self._observe_lag(now - self._told_from)
            self._told_from = 0.0
        if self._heard_at:
            self._schedule_flush()

    def _usual_cost(self) -> float:
        """Of this flush, had it gone as the one before: that other processes held it up is no reason for the next one to wait."""
        if not self._sent_to:
            return self._cost
        of_one, self._cost_of_one = min(self._cost / self._sent_to, self._cost_of_one), self._cost / self._sent_to
        return of_one * self._sent_to

    def _send_on(self) -> None:
        if self._broadcasts:
            self._send()

    def _broadcast(
        self, name: str, of_lots: list[Struct], lots: set[int], of_channel: list[Struct], to: set[Session] | None = None
    ) -> None:
        """One frame to all listeners, or to those of them: events of these lots, and those of the channel's own."""
        if not of_lots and not of_channel:
            return
        listeners = self._listeners[name] if to is None else to
        message = self._message(name, of_lots + of_channel)
        self._broadcasts.append(_Broadcast(name, message, lots, of_channel, set(listeners)))

    def _send_some(self, one: _Broadcast) -> bool:
        """To some of those who wait for it; False when none is left."""
        waiting, message = one.waiting, one.message
        frame, length = message.frame, len(message.frame)
        for _ in range(min(LOOK_AT_CLOCK_EVERY, len(waiting))):
            session = waiting.pop()
            self._sent_to += 1
            try:
                sent = session.wire.offer(frame)
            except OSError:
                sent = 0
            if sent == length or _send_rest(session.wire, message, sent):
                self.deliveries += 1
            else:
                session.lag(one.name, one.lots, one.of_channel, time.monotonic())
                self.conflations += len(one.lots)
        return bool(waiting)

    def _message(self, name: str, events: list[Struct]) -> Message:
        if name == WATCHED:  # of each listener another: who comes back goes on from the first state
            return protocol.push_message(events, {}, to_ms(self._clock.now()))
        kind, _, number = name.partition(":")
        now = to_ms(self._clock.now())
        if kind == "queue":
            return protocol.push_message(events, {}, now)  # each event is the whole state
        cursor = self._live.group_cursor(int(number)) if kind == "group" else self._live.goods_cursor(int(number))
        return protocol.push_message(events, {name: cursor}, now)

    def catch_up(self, session: Session) -> None:
        """The listener reads again: it gets the newest state of every lot it missed, and of the channel."""
        for one in self._broadcasts:
            if session in one.waiting:  # nothing older comes after what is sent now
                one.waiting.discard(session)
                session.lag(one.name, one.lots, one.of_channel, time.monotonic())
        for name, behind in session.catch_up().items():
            if name not in session.channels:
                continue
            events: list[Struct] = []
            for goods_id in behind.lots:
                known = self._floor.find_lot(goods_id)
                if known is not None:
                    events += (protocol.price_event(name, known.state), protocol.lot_event(name, known.state))
                    events += _action_events(name, known.state)
            events += behind.events.values()
            if events:
                session.wire.send(self._message(name, events))

    def _send_streams(self) -> None:
        if not self._streaming:
            return
        sessions, self._streaming = self._streaming, set()
        now = self._clock.now()
        stand = self._live.stand
        for session in sessions:
            for name, stream in session.streams.items():
                entries = stream.take()
                if entries:
                    session.wire.send(protocol.push_message(entries, {name: stream.cursor(stand)}, to_ms(now)))


def _send_rest(wire: Wire, message: Message, sent: int) -> bool:
    """What the offer did not take; False if so much waits already that it has to be told later."""
    if sent:
        wire.finish(message.frame[sent:])
    elif wire.pending_bytes > LAGGING_BYTES:
        return False
    else:
        wire.send(message)
    return True


def _group_events(name: str, news: _LotNews) -> Iterable[Struct]:
    if news.has_price:
        yield protocol.price_event(name, news.state)
    if news.is_extended:
        yield protocol.extended_event(name, news.state)
    if news.has_status:
        yield protocol.lot_event(name, news.state)
    if news.has_action:
        yield from _action_events(name, news.state)


def _goods_events(name: str, news: _LotNews) -> list[Struct]:
    """One price event for each bid, or one for the newest state while the bids themselves are not known."""
    events: list[Struct] = [protocol.bid_event(name, news.state, bid) for bid in news.bids[-BIDS_SHOWN:]]
    if news.has_price and (not news.bids or news.bids[-1].seq != news.state.seq):
        events.append(protocol.price_event(name, news.state))
    if news.is_extended:
        events.append(protocol.extended_event(name, news.state))
    if news.has_status:
        events.append(protocol.lot_event(name, news.state))
    if news.has_action:
        events += _action_events(name, news.state)
    return events


def _action_events(name: str, state: LotState) -> list[Struct]:
    return [protocol.action_event(name, state, state.said)] if state.said is not None else []
