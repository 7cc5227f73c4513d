"""The floor: the newest known state of every running lot, in memory. Pure: whoever learns something puts it in."""
from __future__ import annotations

import time
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from server.domain.auctions.goods import Lot, LotMark, LotState, LotStatus, by_category
from server.domain.auctions.groups import OPENS_SOON, Group, in_turn
from server.domain.auctions.record import Act
from server.domain.clock import Clock
from server.domain.events import BidNews, Event, FloorStale, GroupChanged, LotAnnounced, LotChanged

Listener = Callable[[Event], None]

MOST_EARLY = 10_000
PAUSED_AHEAD = timedelta(minutes=2)
ENDING_SOON = timedelta(minutes=1)
CURRENT_FOR = timedelta(seconds=2)  # the longest a lost message may mislead (live contract)


class FloorLot:
    """What this process knows of one lot. `told_seq`: listeners have heard of every bid up to this one, in order.

    `ceiling` is the leader's, and told to nobody else; `untold_seq`: of bids up to this one listeners have heard nothing.
    """

    __slots__ = ("lot", "state", "ceiling", "told_seq", "untold_seq", "has_void", "is_announced", "told_closed_at", "_shown", "_shown_of")

    def __init__(self, lot: Lot):
        self.lot = lot  # as the last look found it
        self.state = lot.state
        self.ceiling = lot.ceiling
        self.told_seq = self.untold_seq = lot.seq
        self.has_void = bool(lot.voids)  # bids of it stand no more
        self.is_announced = lot.announced_at is not None
        self.told_closed_at: datetime | None = None  # the end at which listeners heard that its time is over
        self._shown, self._shown_of = lot, (lot, self.state)

    @property
    def has_gap(self) -> bool:
        return self.state.seq > self.told_seq

    @property
    def shown(self) -> Lot:
        """The lot in its newest state, as far as people are shown it; the same object as long as nothing has changed."""
        lot, state = self._shown_of
        if lot is not self.lot or state is not self.state:
            self._shown_of = self.lot, self.state
            self._shown = self.lot if self.lot.revision == self.state.revision else _in_state(self.lot, self.state, self.ceiling)
        return self._shown


def _in_state(lot: Lot, state: LotState, ceiling: int) -> Lot:
    return replace(
        lot,
        revision=state.revision,
        seq=state.seq,
        price=state.price if state.user_id is not None else 0,
        leader_id=state.user_id,
        leader_nickname=state.nickname,
        ceiling=ceiling,
        status=state.status,
        end_at=state.end_at,
        changed_at=state.changed_at,
        extended_by=state.extended_by,
        paused_at=state.paused_at,
        said=state.said,
    )


class FloorGroup:
    """A group whose lots are not all settled, with them in its order; `shelves` are those of one category, all under None."""

    __slots__ = ("group", "lots", "shelves", "status", "_changed", "_by_change", "_eras")

    def __init__(self, group: Group, lots: list[Lot], now: datetime):
        self.group = group
        self.lots = {lot.id: FloorLot(lot) for lot in lots}
        self.status = group.status_at(now)
        self.arrange()
        self._changed = {goods_id: (known.state.changed_at, known.state.changed_era) for goods_id, known in self.lots.items()}
        self._by_change = sorted((at, goods_id) for goods_id, (at, _) in self._changed.items())
        self._eras = Counter(era for _, era in self._changed.values())

    def arrange(self) -> None:
        """To be called when a lot has got another place or category."""
        placed = sorted((known.lot for known in self.lots.values()), key=lambda lot: (lot.position, lot.id))
        self.lots = {lot.id: self.lots[lot.id] for lot in placed}
        self.shelves: dict[str | None, list[FloorLot]] = {None: list(self.lots.values())}
        self.shelves |= {category: [self.lots[lot.id] for lot in shelf] for category, shelf in by_category(placed).items()}

    def note_change(self, known: FloorLot) -> None:
        """That lot has a new state."""
        goods_id, state = known.lot.id, known.state
        before, era = self._changed[goods_id]
        del self._by_change[bisect_left(self._by_change, (before, goods_id))]
        insort(self._by_change, (state.changed_at, goods_id))
        self._eras -= Counter((era,))
        self._eras[state.changed_era] += 1
        self._changed[goods_id] = state.changed_at, state.changed_era

    def list_changed_after(self, moment: datetime, era: int, *, also: Iterable[int | str] = ()) -> list[LotState]:
        """The states that are later than that moment, or of a later era, and those of some lots besides, in the group's order.

        Looks at these alone, not at the whole group.
        """
        besides = {one for one in also if isinstance(one, int)}
        if max(self._eras, default=era) > era:
            return [one for one in self.states if one.changed_era > era or one.changed_at > moment or one.goods_id in besides]
        since = bisect_right(self._by_change, moment, key=lambda one: one[0])
        wanted = besides.union(goods_id for _, goods_id in self._by_change[since:])
        changed = [self.lots[goods_id] for goods_id in wanted if goods_id in self.lots]
        return [known.state for known in sorted(changed, key=lambda known: (known.lot.position, known.lot.id))]

    @property
    def states(self) -> list[LotState]:
        return [floor_lot.state for floor_lot in self.lots.values()]

    @property
    def end_at(self) -> datetime:
        """When the last open lot ends: soft close moves it."""
        ends = [state.end_at for state in self.states if state.status is LotStatus.OPEN]
        return max([self.group.end_at, *ends])

    def end_seen_at(self, now: datetime) -> datetime:
        """The same; while a lot is paused it is not over, so that it moves on before it comes."""
        is_paused = any(state.paused_at is not None and state.status is LotStatus.OPEN for state in self.states)
        if is_paused and self.end_at - now < PAUSED_AHEAD / 2:
            return now + PAUSED_AHEAD
        return self.end_at


class Floor:
    """Takes news in any order, late, twice or not at all; gives listeners each lot's newest state, and each bid once, in order."""

    def __init__(self, clock: Clock, monotonic: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._monotonic = monotonic
        self._groups: dict[int, FloorGroup] = {}
        self._lots: dict[int, FloorLot] = {}
        self._listeners: list[Listener] = []
        self._early: list[LotChanged] = []  # news of lots whose group is not on the floor yet
        self._on_gap: Callable[[], None] = lambda: None
        self._once_looked: list[Callable[[], None]] = []
        self.looked_at: datetime | None = None  # when the last look that succeeded began
        self._looked = 0.0  # likewise, by a clock that does not jump
        self._gaps: set[int] = set()  # lots of which bids are missing
        self.is_stale = False

    def listen(self, listener: Listener) -> None:
        """Calls it with every event from now on."""
        self._listeners.append(listener)

    def when_gap(self, wake: Callable[[], None]) -> None:
        """Calls it when news show that earlier news are missing."""
        self._on_gap = wake

    def once_looked(self, call: Callable[[], None]) -> None:
        """Calls it once: when the next look is done, or when it is known that the database does not answer."""
        self._once_looked.append(call)

    def find_group(self, group_id: int) -> FloorGroup | None:
        return self._groups.get(group_id)

    def find_lot(self, goods_id: int) -> FloorLot | None:
        return self._lots.get(goods_id)

    def find_seq(self, goods_id: int) -> int:
        """A number that the lot's bids have reached."""
        known = self._lots.get(goods_id)
        return known.state.seq if known is not None else 0

    @property
    def is_current(self) -> bool:
        """Whether the last look is recent enough for its prices to be given out.

        By both clocks: one may have been set back while the process stood still, the other stands still while the machine sleeps.
        """
        if self.looked_at is None or self.is_stale or self._monotonic() - self._looked >= CURRENT_FOR.total_seconds():
            return False
        return abs(self._clock.now() - self.looked_at) < CURRENT_FOR

    @property
    def late_seconds(self) -> float:
        """How much later the next look is than it should be, by what this process may rely on; 0 until the first one."""
        return 0.0 if self.looked_at is None else max(0.0, self._monotonic() - self._looked - CURRENT_FOR.total_seconds())

    @property
    def has_gaps(self) -> bool:
        """Whether bids of any lot are known to be missing."""
        return bool(self._gaps)

    def list_gaps(self) -> list[FloorLot]:
        """The lots of which bids are missing."""
        return [self._lots[goods_id] for goods_id in self._gaps]

    def list_open_groups(self, now: datetime) -> list[FloorGroup]:
        """The groups in progress and those that start soon, the current one first."""
        groups = [known.group for known in self._groups.values()]
        return [self._groups[group.id] for group in in_turn(groups, now, now + OPENS_SOON)]

    @property
    def groups(self) -> list[FloorGroup]:
        return list(self._groups.values())

    @property
    def lots(self) -> list[FloorLot]:
        return list(self._lots.values())

    def count_ending_soon(self) -> int:
        """Open lots that end within a minute."""
        ends_before = self._clock.now() + ENDING_SOON
        return sum(known.state.status is LotStatus.OPEN and known.state.end_at <= ends_before for known in self._lots.values())

    def take(self, event: Event) -> None:
        """News of this process or another."""
        if isinstance(event, LotChanged):
            self._take_lot(event)
        elif isinstance(event, LotAnnounced):
            self._take_announced(event)
        elif isinstance(event, GroupChanged):
            self._take_group(event)
        else:
            self._emit(event)

    def add_group(self, group: Group, lots: list[Lot]) -> None:
        """Puts a group on the floor; its past is told if the group is newer than this process."""
        floor_group = FloorGroup(group, lots, self._clock.now())
        self._groups[group.id] = floor_group
        self._lots.update(floor_group.lots)
        if self.looked_at is not None:
            # It came after this process began: nobody has heard of any of its bids.
            for known in floor_group.lots.values():
                known.told_seq = known.untold_seq = 0
        early, self._early = self._early, []
        for known in floor_group.lots.values():
            self._note_gap(known)
            self._emit(LotChanged(state=known.state))
        if group.announcement is not None:
            self._emit(GroupChanged(group=group))
        for event in early:
            self._take_lot(event)

    def remove_group(self, group_id: int) -> None:
        for goods_id in self._groups.pop(group_id).lots:
            del self._lots[goods_id]
            self._gaps.discard(goods_id)

    def list_unseen(self, marks: list[LotMark]) -> list[int]:
        """The lots that the database says otherwise of than the last look that read them whole."""
        known = ((mark, self._lots.get(mark.id)) for mark in marks)
        return [mark.id for mark, lot in known if lot is not None and lot.lot.mark != mark]

    def see(self, lots: list[Lot]) -> None:
        """What of some lots the database says: the truth of now or a moment ago."""
        for lot in lots:
            known = self._lots.get(lot.id)
            if known is None:
                continue
            before = known.lot
            if lot.revision >= before.revision and lot != before:
                known.lot = lot
                known.has_void = known.has_void or bool(lot.voids)
                if (lot.category, lot.position) != (before.category, before.position):
                    self._groups[lot.group_id].arrange()
            if lot.revision > known.state.revision:
                self._take_lot(LotChanged(state=lot.state, ceiling=lot.ceiling))

    def see_group(self, group: Group) -> None:
        """What the database says of a group; its end, which soft close moves, may be known here before."""
        known = self._groups[group.id]
        self._take_group(GroupChanged(group=replace(group, end_at=max(group.end_at, known.group.end_at))))

    def note_look(self, began_at: datetime, began: float) -> None:
        """All that there is to know was seen, as of then or later; `began` as the monotonic clock told it."""
        self.looked_at, self._looked = began_at, began
        self._tell_looked()

    def fill_gap(self, goods_id: int, bids: list[BidNews]) -> None:
        """Bids read from the record because their news did not come."""
        known = self._lots.get(goods_id)
        if known is not None:
            self._take_lot(LotChanged(state=known.state, bids=tuple(bids)))

    def mark_stale(self, is_stale: bool) -> None:
        """The database does not answer, or does again."""
        if is_stale != self.is_stale:
            self.is_stale = is_stale
            self._emit(FloorStale(is_stale=is_stale))
        if is_stale:
            self._tell_looked()

    def take_finished(self, group: Group) -> None:
        """A group that is settled leaves the floor."""
        self._take_group(GroupChanged(group=group))
        self.remove_group(group.id)

    def tick(self) -> None:
        """Tells which lots' time is over, and which groups began, were extended or ended, by the clock."""
        now = self._clock.now()
        for floor_lot in self._lots.values():
            state = floor_lot.state
            if state.is_running and now >= state.end_at and floor_lot.told_closed_at != state.end_at:
                floor_lot.told_closed_at = state.end_at
                self._emit(LotChanged(state=replace(state, status=LotStatus.CLOSED), previous=state))
        for known in self._groups.values():
            group = replace(known.group, end_at=known.end_seen_at(now))
            status = group.status_at(now)
            if status != known.status or group.end_at != known.group.end_at:
                known.group, known.status = group, status
                self._emit(GroupChanged(group=group))

    def _take_lot(self, event: LotChanged) -> None:
        known = self._lots.get(event.state.goods_id)
        if known is None:
            # A group this process has not seen yet.
            self._early = [*self._early[-MOST_EARLY:], event]
            self._on_gap()
            return
        previous = known.state
        is_newer = event.state.revision > previous.revision
        if is_newer:
            known.state, known.ceiling = event.state, event.ceiling
            self._groups[event.state.group_id].note_change(known)
            # A changed maximum is told to nobody.
            is_newer = replace(previous, revision=event.state.revision) != event.state
        fresh = tuple(bid for bid in event.bids if bid.seq > known.told_seq)
        if fresh and fresh[0].seq == known.told_seq + 1:
            known.told_seq = fresh[-1].seq
            known.has_void = known.has_void or any(bid.intervention is not None and bid.intervention.act is Act.VOID for bid in fresh)
        else:
            fresh = ()
        if is_newer or fresh:
            self._emit(LotChanged(state=known.state, bids=fresh, previous=previous))
        self._note_gap(known)
        if known.has_gap:
            self._on_gap()

    def _tell_looked(self) -> None:
        waiting, self._once_looked = self._once_looked, []
        for call in waiting:
            call()

    def _note_gap(self, known: FloorLot) -> None:
        if known.has_gap:
            self._gaps.add(known.state.goods_id)
        else:
            self._gaps.discard(known.state.goods_id)

    def _take_announced(self, event: LotAnnounced) -> None:
        known = self._lots.get(event.goods_id)
        if known is not None and not known.is_announced:
            known.is_announced = True
            self._emit(event)

    def _take_group(self, event: GroupChanged) -> None:
        known = self._groups.get(event.group.id)
        if known is None:
            self._on_gap()
        elif known.group != event.group:
            known.group = event.group
            known.status = event.group.status_at(self._clock.now())
            self._emit(event)

    def _emit(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)
