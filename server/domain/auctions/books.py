"""Books: what users take part in, in memory. Learned from the news of every bid, read from the database once."""
from __future__ import annotations

import asyncio
import logging
from bisect import insort

from server.domain.auctions.floor import Floor, FloorGroup, FloorLot
from server.domain.auctions.goods import LotStore
from server.domain.auctions.groups import GroupStore
from server.domain.auctions.participations import Joined, Participation, ParticipationStore
from server.domain.errors import DomainError
from server.domain.events import Event, LotChanged
from server.domain.paging import Page, PageQuery
from server.domain.recent import RecentlyUsed

log = logging.getLogger(__name__)

PARTS_KEPT = 50_000  # of all users together; about 0.5 KB each
MOST_PAST = 500  # participations of one user in groups that have ended
HEARD_BEFORE_SWEEP = 10_000


class Part:
    """One participation in a running group, or in one that has ended since the book was opened."""

    __slots__ = ("participation", "lot", "group", "_joined")

    def __init__(self, participation: Participation, lot: FloorLot, group: FloorGroup):
        self.participation = participation
        self.lot = lot
        self.group = group
        self._joined: Joined | None = None

    @property
    def joined(self) -> Joined:
        """As it stands now; the same object as long as nothing has changed."""
        made, lot, group = self._joined, self.lot.shown, self.group.group
        if made is None or made.lot is not lot or made.group is not group or made.participation is not self.participation:
            made = self._joined = Joined(self.participation, lot, group)
        return made


class Book:
    """All of one user's participations, newest group first, then in the order they began.

    Without `past`, those in groups that had ended, it holds those in running groups alone.
    """

    __slots__ = ("is_whole", "_listed", "_by_goods", "_by_group")

    def __init__(self, past: list[Joined] | None):
        self.is_whole = past is not None
        self._listed: list[Part | Joined] = sorted(past or (), key=_place)
        self._by_goods: dict[int, Part] = {}
        self._by_group: dict[int, list[Part]] = {}

    def __len__(self) -> int:
        return len(self._listed)

    def take(self, newest: Participation, lot: FloorLot, group: FloorGroup) -> None:
        """The user's bid on a lot."""
        part = self._by_goods.get(newest.goods_id)
        if part is None:
            part = self._by_goods[newest.goods_id] = Part(newest, lot, group)
            insort(self._listed, part, key=_place)
            insort(self._by_group.setdefault(newest.group_id, []), part, key=_place)
        elif newest.seq > part.participation.seq:
            part.participation = newest

    @property
    def has_void(self) -> bool:
        """Whether bids were taken back on any of the lots."""
        return any(part.lot.has_void for part in self._by_goods.values())

    def list_joined(self, group_id: int) -> list[Joined]:
        return [part.joined for part in self._by_group.get(group_id, ())]

    def page(self, page: PageQuery) -> Page[Joined]:
        shown = self._listed[page.offset : page.offset + page.size]
        return Page(page.number, [one.joined if isinstance(one, Part) else one for one in shown], len(self._listed))


def _place(one: Part | Joined) -> tuple[int, int]:
    return -one.participation.group_id, one.participation.id


class Books:
    """Answers as ParticipationService does, at once, or not at all: while the floor may be old or misses bids, nothing is recalled.

    Every bid is heard once, by news or by a look; what was heard is kept until participations are known to hold it. So a book that
    is opened lacks nothing, whatever of the database's answer was older.
    """

    def __init__(self, floor: Floor, participations: ParticipationStore, lots: LotStore, groups: GroupStore):
        self._floor = floor
        self._participations = participations
        self._lots = lots
        self._groups = groups
        self._books: RecentlyUsed[int, Book] = RecentlyUsed(PARTS_KEPT)
        self._heard: dict[int, dict[int, Participation]] = {}  # user → goods → the newest
        self._heard_count = 0
        self._sweep_at = HEARD_BEFORE_SWEEP
        self._opening: dict[int, asyncio.Task[bool]] = {}
        self._told_groups: set[int] = set()  # every bid on their lots is in participations, or was heard
        floor.listen(self._hear)

    def recall_joined(self, user_id: int, group_id: int) -> list[Joined] | None:
        """The user's participations in one running group, in the order they began."""
        book = self._recall(user_id)
        return book.list_joined(group_id) if book is not None else None

    def recall_page(self, user_id: int, page: PageQuery) -> Page[Joined] | None:
        """All of the user's participations, newest group first."""
        book = self._recall(user_id)
        return book.page(page) if book is not None and book.is_whole else None

    def opening(self, user_id: int) -> asyncio.Future[bool] | None:
        """Done when the user's part, which was asked for, was read or could not be, and says which; None while nobody reads it."""
        return self._opening.get(user_id)

    def _recall(self, user_id: int) -> Book | None:
        if not self._floor.is_current or self._floor.has_gaps:
            return None
        book = self._books.get(user_id)
        if book is not None and book.has_void:
            return None  # which of the user's bids stands, the record tells
        if book is None and user_id not in self._opening:
            task = self._opening[user_id] = asyncio.get_running_loop().create_task(self._open(user_id))
            task.add_done_callback(lambda _: self._opening.pop(user_id))
        return book

    def _hear(self, event: Event) -> None:
        if not isinstance(event, LotChanged) or not event.bids:
            return
        lot = self._floor.find_lot(event.state.goods_id)
        group = self._floor.find_group(event.state.group_id)
        assert lot is not None and group is not None
        for bid in event.bids:
            if bid.intervention is not None:
                continue  # it is nobody's bid
            newest = Participation(
                id=bid.participation_id,
                user_id=bid.user_id,
                group_id=event.state.group_id,
                goods_id=event.state.goods_id,
                price=bid.price,
                seq=bid.seq,
            )
            heard = self._heard.setdefault(bid.user_id, {})
            self._heard_count += newest.goods_id not in heard
            heard[newest.goods_id] = newest
            book = self._books.get(bid.user_id)
            if book is not None:
                book.take(newest, lot, group)
        if self._heard_count > self._sweep_at and not self._opening:
            self._sweep()

    def _sweep(self) -> None:
        """Forgets what participations are known to hold. Not while a book is opened: its question may have been answered before."""
        for user_id, heard in list(self._heard.items()):
            left = {goods_id: one for goods_id, one in heard.items() if self._is_on_the_way(one)}
            if left:
                self._heard[user_id] = left
            else:
                del self._heard[user_id]
        self._heard_count = sum(map(len, self._heard.values()))
        self._sweep_at = max(HEARD_BEFORE_SWEEP, 2 * self._heard_count)

    def _is_on_the_way(self, one: Participation) -> bool:
        lot = self._floor.find_lot(one.goods_id)
        return lot is not None and lot.lot.projected_seq < one.seq

    async def _open(self, user_id: int) -> bool:
        if not all(self._is_told(group) for group in self._floor.groups):
            return False
        try:
            book = await self._read(user_id)
        except DomainError:
            return False  # who asks the database hears why
        except Exception:  # it is a task that nobody awaits: whatever it is, it is told, and the endpoint asks the database
            log.exception("a user's participations could not be read")
            return False
        if book is not None:
            self._books.put(user_id, book, 10 + len(book))
        return book is not None

    def _is_told(self, group: FloorGroup) -> bool:
        """Whether participations hold every bid on the group's lots that was made before this process heard of them."""
        if group.group.id not in self._told_groups:
            if any(known.lot.projected_seq < known.untold_seq for known in group.lots.values()):
                return False
            self._told_groups.add(group.group.id)
        return True

    async def _read(self, user_id: int) -> Book | None:
        """None while a group comes or goes."""
        stored = await self._participations.page_by_users([user_id], PageQuery(1, MOST_PAST))
        if stored.total > len(stored.items):
            running = [group.group.id for group in self._floor.groups]
            of_groups = [await self._participations.list_by_user_and_group(user_id, id) for id in running]
            past, current = None, [one for some in of_groups for one in some]
        else:
            past = await self._read_past([one for one in stored.items if self._floor.find_lot(one.goods_id) is None])
            settled = {one.participation.id for one in past if one.group is not None and one.group.ended_at is not None}
            current = [one for one in stored.items if one.id not in settled]
            if len(settled) < len(past):
                return None
            if any(one.lot.voids for one in past):
                past = None
        # From here on without a pause: a bid is heard before, and merged, or later, and taken by the book.
        book = Book(past)
        for one in (*current, *self._heard.get(user_id, {}).values()):
            lot, group = self._floor.find_lot(one.goods_id), self._floor.find_group(one.group_id)
            if lot is not None and group is not None:
                book.take(one, lot, group)
            elif one in current:
                return None
        return book

    async def _read_past(self, participations: list[Participation]) -> list[Joined]:
        lots = {lot.id: lot for lot in await self._lots.list_lots_by_id([one.goods_id for one in participations])}
        groups = {group.id: group for group in await self._groups.list_groups_by_id([one.group_id for one in participations])}
        joined = [(one, lots.get(one.goods_id), groups.get(one.group_id)) for one in participations]
        return [Joined(one, lot, group) for one, lot, group in joined if lot is not None and group is not None]
