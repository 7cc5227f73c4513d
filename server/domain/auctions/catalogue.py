"""The catalogue of a group, as collectors look through it: searched, narrowed down, put in order. From memory while that is true."""
from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any, Protocol

from msgspec import Struct

from server.domain.accounts.users import User
from server.domain.auctions.fancy_serials import Fancy, name_fancies
from server.domain.auctions.floor import Floor, FloorGroup
from server.domain.auctions.goods import LotState, LotStatus, LotStore, Terms
from server.domain.auctions.groups import GroupService
from server.domain.auctions.live import LiveService
from server.domain.auctions.participations import ParticipationStore
from server.domain.auctions.watchlists import WatchlistStore
from server.domain.clock import Clock
from server.domain.errors import TokenMissing
from server.domain.paging import Page, PageQuery
from server.domain.recent import RecentlyUsed

ARRANGED_FOR = timedelta(seconds=0.5)  # an order may be that old; what is shown of each lot is always the newest
QUESTIONS_KEPT = 200
FACTS_KEPT = 20_000


class Order(str, Enum):
    """`place` is the group's own. What is over comes after what runs where the end decides."""

    PLACE = "place"
    ENDING = "ending"
    CHEAPEST = "cheapest"
    DEAREST = "dearest"
    BIDS = "bids"


class Whose(str, Enum):
    """Only what the reader takes part in, or has on their watch list."""

    MINE = "mine"
    WATCHED = "watched"


class Question(Struct, frozen=True, kw_only=True):
    """What is looked for. Each word of `text` is found anywhere in the serial number, the category, the grade or the number type."""

    text: str = ""
    category: str | None = None
    fancy: Fancy | None = None
    order: Order = Order.PLACE


class Shown(Protocol):
    """A lot: what does not change, and its newest known state."""

    @property
    def lot(self) -> Terms: ...

    @property
    def state(self) -> LotState: ...


class Listed(Struct, frozen=True):
    """A lot as it stands in a list."""

    lot: Terms
    state: LotState
    fancies: tuple[Fancy, ...]


class Counts(Struct, frozen=True):
    """How many lots a group has in all, of each category, and of each fancy kind."""

    lots: int
    categories: dict[str, int]
    fancies: dict[Fancy, int]


class Listing(Struct, frozen=True):
    """A page of what was looked for. With the `cursor` a listener goes on from where the page stands; None where it has to begin anew."""

    page: Page[Listed]
    counts: Counts
    cursor: str | None


class Place(Struct, frozen=True):
    """Where a lot stands among what was looked for, from 1, and its neighbours there; None where it is not among it."""

    number: int | None
    total: int
    before: Terms | None
    after: Terms | None


class Facts(Struct, frozen=True):
    """What of a lot can be looked for."""

    text: str
    fancies: tuple[Fancy, ...]


def facts_of(sn: str, category: str, score: str, sn_no: str) -> Facts:
    return Facts(_plain(" ".join((sn, category, score, sn_no))), name_fancies(sn))


def _plain(text: str) -> str:
    """Full-width letters come from Chinese keyboards."""
    return unicodedata.normalize("NFKC", text).casefold()


def choose(lots: Iterable[Shown], question: Question, read_facts: Callable[[Terms], Facts], now: datetime) -> list[Shown]:
    """Those that are looked for, in the order that is asked for; where that does not decide, as the group has them."""
    words = _plain(question.text).split()
    found = []
    for one in lots:
        facts = read_facts(one.lot)
        if question.category is not None and one.lot.category != question.category:
            continue
        if question.fancy is not None and question.fancy not in facts.fancies:
            continue
        if all(word in facts.text for word in words):
            found.append(one)
    keys: dict[Order, Callable[[Shown], Any]] = {
        Order.ENDING: lambda one: (_turn(one.state, now), one.state.end_at),
        Order.CHEAPEST: lambda one: one.state.price,
        Order.DEAREST: lambda one: -one.state.price,
        Order.BIDS: lambda one: one.state.acts - one.state.seq,
    }
    return sorted(found, key=keys[question.order]) if question.order in keys else found


def _turn(state: LotState, now: datetime) -> int:
    """What runs, then what is paused, then what is over."""
    if state.status_at(now) is not LotStatus.OPEN:
        return 2
    return 0 if state.is_running else 1


class _Arranged(Struct, frozen=True):
    """What was found of a group on the floor, and when."""

    group: FloorGroup
    at: datetime
    lots: list[Shown]


class CatalogueService:
    """Looks through groups. Of a running one everything is in memory: the database is asked for a reader's own, and nothing else."""

    def __init__(
        self,
        groups: GroupService,
        lots: LotStore,
        participations: ParticipationStore,
        watchlists: WatchlistStore,
        live: LiveService,
        floor: Floor,
        clock: Clock,
    ):
        self._groups = groups
        self._lots = lots
        self._participations = participations
        self._watchlists = watchlists
        self._live = live
        self._floor = floor
        self._clock = clock
        self._facts = lru_cache(FACTS_KEPT)(facts_of)
        self._arranged: RecentlyUsed[tuple[int, Question], _Arranged] = RecentlyUsed(QUESTIONS_KEPT)
        self._counted: dict[int, tuple[FloorGroup, datetime, Counts]] = {}

    async def list_lots(
        self, group_id: int, question: Question, page: PageQuery, user: User | None, whose: Whose | None = None
    ) -> Listing:
        """A page of a group's lots. Raises NotFound, and TokenMissing where the reader's own are asked for by nobody."""
        only = await self._list_own(group_id, user, whose)
        # In one go: what the cursor says is true of the states that go with it.
        known = self._find_running(group_id)
        if known is not None:
            found = _among(self._arrange(known, question), only)
            return Listing(self._page(found, page), self._count_running(known), self._live.group_cursor(group_id))
        stored = await self._read(group_id)
        found = _among(choose(stored, question, self._read_facts, self._clock.now()), only)
        return Listing(self._page(found, page), self._count(stored), None)

    async def find_place(
        self, group_id: int, goods_id: int, question: Question, user: User | None, whose: Whose | None = None
    ) -> Place:
        """Among what the same question lists. Raises NotFound and TokenMissing."""
        only = await self._list_own(group_id, user, whose)
        known = self._find_running(group_id)
        if known is not None:
            arranged = self._arrange(known, question)
        else:
            arranged = choose(await self._read(group_id), question, self._read_facts, self._clock.now())
        # Taken off the watch list it keeps its place as long as it is looked at.
        found = [one.lot for one in _among(arranged, None if only is None else {*only, goods_id})]
        index = next((place for place, lot in enumerate(found) if lot.id == goods_id), None)
        if index is None:
            return Place(None, len(found), None, None)
        return Place(index + 1, len(found), found[index - 1] if index else None, found[index + 1] if index + 1 < len(found) else None)

    async def list_watched(self, user: User, page: PageQuery) -> tuple[Page[Listed], list[int]]:
        """A page of the lots on the user's watch list, of all groups, and the ids of all of them; what came last is first."""
        ids = (await self._watchlists.list_watched(user.id))[::-1]
        wanted = ids[page.offset : page.offset + page.size]
        stored = {lot.id: lot for lot in await self._lots.list_lots_by_id(wanted)}
        lots = [self._listed(stored[one], self._newest_state(stored[one].state)) for one in wanted if one in stored]
        return Page(page.number, lots, len(ids)), ids

    async def _list_own(self, group_id: int, user: User | None, whose: Whose | None) -> set[int] | None:
        if whose is None:
            return None
        if user is None:
            raise TokenMissing()
        if whose is Whose.WATCHED:
            return set(await self._watchlists.list_watched(user.id))
        return {one.goods_id for one in await self._participations.list_by_user_and_group(user.id, group_id)}

    def _find_running(self, group_id: int) -> FloorGroup | None:
        return self._floor.find_group(group_id) if self._floor.is_current else None

    async def _read(self, group_id: int) -> list[Shown]:
        """From the database: a group that has ended, or is not known here yet."""
        lots = await self._lots.list_lots(group_id)
        if not lots:
            await self._groups.get_group(group_id)
        return [self._listed(lot, lot.state) for lot in lots]

    def _arrange(self, known: FloorGroup, question: Question) -> list[Shown]:
        key, now = (known.group.id, question), self._clock.now()
        kept = self._arranged.get(key)
        if kept is None or kept.group is not known or abs(now - kept.at) >= ARRANGED_FOR:
            kept = _Arranged(known, now, choose(known.lots.values(), question, self._read_facts, now))
            self._arranged.put(key, kept)
        return kept.lots

    def _count_running(self, known: FloorGroup) -> Counts:
        now = self._clock.now()
        kept = self._counted.get(known.group.id)
        if kept is None or kept[0] is not known or abs(now - kept[1]) >= ARRANGED_FOR:
            kept = self._counted[known.group.id] = known, now, self._count([*known.lots.values()])
        return kept[2]

    def _count(self, lots: Sequence[Shown]) -> Counts:
        fancies = Counter(fancy for one in lots for fancy in self._read_facts(one.lot).fancies)
        return Counts(len(lots), dict(Counter(one.lot.category for one in lots)), dict(fancies))

    def _page(self, found: Sequence[Shown], page: PageQuery) -> Page[Listed]:
        shown = found[page.offset : page.offset + page.size]
        return Page(page.number, [self._listed(one.lot, one.state) for one in shown], len(found))

    def _listed(self, lot: Terms, state: LotState) -> Listed:
        return Listed(lot, state, self._read_facts(lot).fancies)

    def _read_facts(self, lot: Terms) -> Facts:
        return self._facts(lot.sn, lot.category, lot.score, lot.sn_no)

    def _newest_state(self, state: LotState) -> LotState:
        known = self._floor.find_lot(state.goods_id)
        return known.state if known is not None and known.state.revision > state.revision else state


def _among(lots: list[Shown], only: Collection[int] | None) -> list[Shown]:
    return lots if only is None else [one for one in lots if one.lot.id in only]
