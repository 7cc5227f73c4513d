"""Bargains: who joins one has friends cut its price down to a floor, and buys one piece at what it is by then, once."""
from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.accounts.users import User
from server.domain.clock import Clock
from server.domain.errors import Conflict, NotFound
from server.domain.mall.categories import Name
from server.domain.mall.goods.goods import LARGEST_PRICE
from server.domain.mall.settings import Settings
from server.domain.nouns import NumberId, Revision, about
from server.domain.transactions import Contended, Transaction, Transactions

MOST_WORDS = 200
MOST_SHOWN = 200  # helps of one run
SEVERAL = "CUT_PRICE_MULTI"  # the setting by which members may begin anew; `open` if they may

Cut = Annotated[int, Meta(ge=1, le=LARGEST_PRICE)]


class BargainMissing(NotFound):
    """There is no such bargain."""


class BargainOver(Conflict):
    """The bargain is not open now, or as many as there were are sold or held for orders."""


class NotJoined(NotFound):
    """That person has not joined the bargain."""


class NotHelped(NotFound):
    """The caller has not cut the price of that person."""


class BargainUsed(Conflict):
    """What was cut down is ordered or bought: nobody cuts it further, and it is not given up."""


class BargainKept(Conflict):
    """The shop lets nobody begin a bargain anew."""


class BargainTerms(Struct, frozen=True, kw_only=True):
    """So many pieces are sold by it in all. Each help takes off between the two amounts, until the floor is reached."""

    name: Annotated[Name, about("名称", "Name")] = "砍价"
    goods_id: Annotated[Annotated[int, Meta(ge=1, le=2**53 - 1)], about("商品", "Goods", refers_to="mall.goods")]
    price: Annotated[Annotated[int, Meta(ge=1, le=LARGEST_PRICE)], about("原价", "Price at first", "money")]
    floor: Annotated[Annotated[int, Meta(ge=0, le=LARGEST_PRICE)], about("底价", "Floor", "money")]
    number: Annotated[Annotated[int, Meta(ge=1, le=10**9)], about("限量", "Pieces in all")]
    least_cut: Annotated[Cut, about("每刀最少", "Least a help", "money")]
    most_cut: Annotated[Cut, about("每刀最多", "Most a help", "money")]
    starts_at: Annotated[datetime | None, about("开始时间", "From")] = None
    ends_at: Annotated[datetime, about("截止时间", "Until")]
    is_open: Annotated[bool, about("启用", "In use")] = True


class Bargain(BargainTerms, frozen=True, kw_only=True):
    """`held`: pieces in orders that are not paid yet; `sold`: in those that are. Both are counted beside, and no form changes them."""

    id: NumberId
    revision: Revision = 0
    held: Annotated[int, about("待支付", "In unpaid orders")] = 0
    sold: Annotated[int, about("已售", "Sold")] = 0
    added_at: Annotated[datetime, about("创建时间", "Added at")]

    def is_open_at(self, now: datetime) -> bool:
        return self.is_open and (self.starts_at is None or self.starts_at <= now) and now < self.ends_at

    @property
    def left(self) -> int:
        return self.number - self.held - self.sold

    def check_open(self, now: datetime) -> None:
        """Raises BargainOver."""
        if not self.is_open_at(now) or self.left < 1:
            raise BargainOver()


class RunState(int, Enum):
    """What became of a member's bargain."""

    OPEN = 0
    ORDERED = 1  # an order holds it; open again if that is closed unpaid
    BOUGHT = 2
    GIVEN_UP = 3


class Run(Struct, frozen=True, kw_only=True):
    """A member's own part in a bargain. `cut`: what friends took off so far. `slot` is the same for one that goes on, so there is one."""

    id: int
    revision: int
    slot: str
    bargain_id: int
    goods_id: int
    user_id: int
    price: int
    floor: int
    cut: int = 0
    helps: int = 0
    state: RunState = RunState.OPEN
    order_id: int | None = None
    joined_at: datetime
    changed_at: datetime

    @property
    def price_now(self) -> int:
        return self.price - self.cut

    def become(self, now: datetime, **changes: object) -> Run:
        return replace(self, **changes, changed_at=now, revision=self.revision + 1)

    def helped(self, cut: int, now: datetime) -> Run:
        """Raises BargainUsed."""
        if self.state is not RunState.OPEN:
            raise BargainUsed()
        return self.become(now, cut=self.cut + cut, helps=self.helps + 1)

    def given_up(self, now: datetime) -> Run:
        """Raises BargainUsed while an order holds it."""
        if self.state is RunState.ORDERED:
            raise BargainUsed()
        state = RunState.GIVEN_UP if self.state is RunState.OPEN else self.state
        return self.become(now, state=state, slot=f"{self.slot}:{self.id}")


class Help(Struct, frozen=True, kw_only=True):
    """One help; one a run and person."""

    id: str  # run:helper
    run_id: int
    bargain_id: int
    goods_id: int
    helper_id: int
    cut: int
    words: str = ""
    at: datetime


def slot_of(bargain_id: int, user_id: int) -> str:
    """Of the run that goes on."""
    return f"{bargain_id}:{user_id}"


def help_id(run_id: int, helper_id: int) -> str:
    return f"{run_id}:{helper_id}"


# ---- how much a help takes off


def can_be_reached(left: int, least: int, most: int) -> bool:
    """Whether some number of helps, each between the two amounts, takes off exactly that."""
    return -(-left // most) * least <= left


def draw_cut(left: int, least: int, most: int, pick: Callable[[int, int], int]) -> int:
    """What the next help takes off where so much is left to the floor; `pick` chooses between two numbers, both included.

    Every help takes off between the two amounts and the last one reaches the floor exactly. Where no number of helps can do that, the
    last takes off less than the least amount.
    """
    if left <= least:
        return left
    drawn = pick(least, min(most, left))
    if not can_be_reached(left, least, most) or can_be_reached(left - drawn, least, most):
        return drawn
    # The fewest helps that are needed: between these two amounts they always can go on.
    after = -(-left // most) - 1
    return min(max(drawn, left - after * most, least), min(most, left - after * least))


def secret_pick(first: int, last: int) -> int:
    """Nobody can foretell it."""
    return first + secrets.randbelow(last - first + 1)


# ---- stores and service


class BargainStore(Protocol):
    """Where bargains are kept."""

    async def find_bargain(self, bargain_id: int, within: Transaction | None = None) -> Bargain | None: ...

    async def list_of_goods(self, goods_ids: Sequence[int]) -> list[Bargain]:
        """All that are in use, the newest first."""

    async def count_pieces(self, bargain_id: int, *, held: int = 0, sold: int = 0, within: Transaction) -> None:
        """Adds to both."""


class RunStore(Protocol):
    """Where runs and helps are kept."""

    async def next_run_id(self) -> int: ...

    async def find_run(self, slot: str, within: Transaction | None = None) -> Run | None: ...

    async def find_run_by_id(self, run_id: int, within: Transaction | None = None) -> Run | None: ...

    async def add_run(self, run: Run) -> Run:
        """The one that is kept at its slot, whoever came first."""

    async def save_run(self, before: Run, after: Run, within: Transaction) -> bool:
        """False if it was changed since `before` was read."""

    async def find_help(self, id: str, within: Transaction | None = None) -> Help | None: ...

    async def add_help(self, help: Help, within: Transaction) -> None: ...

    async def list_helps(self, run_id: int, most: int) -> list[Help]:
        """The newest first."""


class People(Protocol):
    """Users by their numbers."""

    async def find_users(self, user_ids: Collection[int]) -> dict[int, User]: ...


class Progress(Struct, frozen=True):
    """A run as everybody may see it: with who joined, and who helped how much, the newest help first."""

    run: Run
    joiner: User | None
    helps: list[tuple[Help, User | None]]


class BargainService:
    """Joining bargains and helping in them."""

    def __init__(
        self,
        bargains: BargainStore,
        runs: RunStore,
        people: People,
        settings: Settings,
        transactions: Transactions,
        clock: Clock,
        pick: Callable[[int, int], int] = secret_pick,
    ):
        self._bargains = bargains
        self._runs = runs
        self._people = people
        self._settings = settings
        self._transactions = transactions
        self._clock = clock
        self._pick = pick

    # ---- looking

    async def list_open(self, goods_ids: Sequence[int]) -> list[Bargain]:
        """The newest open one of each goods, in the order of the goods; sold-out ones too."""
        now, newest = self._clock.now(), dict[int, Bargain]()
        for one in await self._bargains.list_of_goods(goods_ids):
            if one.is_open_at(now):
                newest.setdefault(one.goods_id, one)
        return [newest[goods_id] for goods_id in dict.fromkeys(goods_ids) if goods_id in newest]

    async def get_run(self, bargain_id: int, user_id: int) -> Run:
        """Raises NotJoined."""
        found = await self._runs.find_run(slot_of(bargain_id, user_id))
        if found is None:
            raise NotJoined("run")
        return found

    async def get_progress(self, bargain_id: int, user_id: int) -> Progress:
        """Raises NotJoined."""
        run = await self.get_run(bargain_id, user_id)
        helps = await self._runs.list_helps(run.id, MOST_SHOWN)
        people = await self._people.find_users({user_id, *(help.helper_id for help in helps)})
        return Progress(run, people.get(user_id), [(help, people.get(help.helper_id)) for help in helps])

    async def get_help(self, bargain_id: int, user_id: int, helper_id: int) -> Help:
        """Raises NotHelped, also where nobody has joined."""
        run = await self._runs.find_run(slot_of(bargain_id, user_id))
        found = None if run is None else await self._runs.find_help(help_id(run.id, helper_id))
        if found is None:
            raise NotHelped("help")
        return found

    # ---- taking part

    async def join(self, user_id: int, bargain_id: int) -> Run:
        """Once: the run of before, if there is one. Raises BargainMissing and BargainOver."""
        known = await self._runs.find_run(slot_of(bargain_id, user_id))
        if known is not None:
            return known
        bargain, now = await self._get_bargain(bargain_id), self._clock.now()
        bargain.check_open(now)
        made = Run(
            id=await self._runs.next_run_id(),
            revision=1,
            slot=slot_of(bargain_id, user_id),
            bargain_id=bargain_id,
            goods_id=bargain.goods_id,
            user_id=user_id,
            price=bargain.price,
            floor=bargain.floor,
            joined_at=now,
            changed_at=now,
        )
        return await self._runs.add_run(made)

    async def help(self, helper_id: int, bargain_id: int, user_id: int, words: str) -> Help:
        """Cuts that person's price, once: the help of before, if there is one. At the floor it takes off nothing.

        Raises BargainMissing, NotJoined, BargainOver and BargainUsed.
        """
        bargain, slot = await self._get_bargain(bargain_id), slot_of(bargain_id, user_id)

        async def work(within: Transaction) -> Help:
            run = await self._runs.find_run(slot, within)
            if run is None:
                raise NotJoined("run")
            known = await self._runs.find_help(help_id(run.id, helper_id), within)
            if known is not None:
                return known
            now, left = self._clock.now(), run.price_now - run.floor
            if not bargain.is_open_at(now):
                raise BargainOver()
            cut = draw_cut(left, bargain.least_cut, bargain.most_cut, self._pick) if left > 0 else 0
            made = Help(
                id=help_id(run.id, helper_id),
                run_id=run.id,
                bargain_id=bargain_id,
                goods_id=run.goods_id,
                helper_id=helper_id,
                cut=cut,
                words=words,
                at=now,
            )
            if not await self._runs.save_run(run, run.helped(cut, now), within):
                raise Contended()  # it was read in the same transaction: nobody can have changed it
            await self._runs.add_help(made, within)
            return made

        return await self._transactions.run(work, about=[f"bargain-run:{slot}"])

    async def give_up(self, user_id: int, bargain_id: int) -> None:
        """The member may join anew. Raises BargainKept unless the shop allows it, NotJoined and BargainUsed."""
        if (await self._settings.get_value(SEVERAL)).strip() != "open":
            raise BargainKept()
        slot = slot_of(bargain_id, user_id)

        async def work(within: Transaction) -> None:
            run = await self._runs.find_run(slot, within)
            if run is None:
                raise NotJoined("run")
            if not await self._runs.save_run(run, run.given_up(self._clock.now()), within):
                raise Contended()

        await self._transactions.run(work, about=[f"bargain-run:{slot}"])

    async def _get_bargain(self, bargain_id: int) -> Bargain:
        found = await self._bargains.find_bargain(bargain_id)
        if found is None:
            raise BargainMissing("bargain")
        return found
