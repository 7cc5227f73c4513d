"""Raffles: members draw, so often each, and win what is left of the prizes, by the chances that the staff has set."""
from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums
from server.domain.mall.wallet.owned import OwnedStore
from server.domain.nouns import Action, Id, Noun, NounService, NumberId, Revision, Rules, about
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction, Transactions

WHOLE = 10_000  # of which a chance is a part
NO_PRIZE = "谢谢参与"  # as clients know it
MOST_PRIZES = 20


class RaffleMissing(NotFound):
    """There is no such raffle."""


class RaffleNotBegun(Conflict):
    """It begins later."""


class RaffleOver(Conflict):
    """Its time is over."""


class RaffleClosed(Conflict):
    """The staff has closed it."""


class DrawsSpent(Conflict):
    """The member has drawn as often as they may."""


class NotWon(Conflict):
    """There is nothing to hand over."""


class Prize(Struct, frozen=True, kw_only=True):
    """`most`: so many are there, as many as you like without it. `points` are given at once."""

    title: Annotated[Annotated[str, Meta(min_length=1, max_length=50)], about("奖品", "Prize")]
    picture: Annotated[Annotated[str, Meta(max_length=512)], about("图片", "Picture", "picture")] = ""
    goods_id: Annotated[Annotated[int, Meta(ge=0, le=2**53 - 1)], about("商品", "Goods")] = 0
    chance: Annotated[Annotated[int, Meta(ge=0, le=WHOLE)], about("中奖概率（万分之）", "Chance, in ten thousand")]
    most: Annotated[Annotated[int, Meta(ge=0, le=10**9)] | None, about("数量", "How many")] = None
    points: Annotated[Annotated[int, Meta(ge=0, le=10**9)], about("赠送积分", "Points")] = 0


class RaffleTerms(Struct, frozen=True, kw_only=True):
    """What is left of all chances wins nothing."""

    name: Annotated[Annotated[str, Meta(min_length=1, max_length=100)], about("名称", "Name")]
    times: Annotated[Annotated[int, Meta(ge=1, le=1000)], about("每人次数", "Draws a member")] = 1
    prizes: Annotated[Annotated[tuple[Prize, ...], Meta(min_length=1, max_length=MOST_PRIZES)], about("奖品", "Prizes")]
    begins_at: Annotated[datetime | None, about("开始时间", "Begins at")] = None
    ends_at: Annotated[datetime | None, about("结束时间", "Ends at")] = None
    is_open: Annotated[bool, about("开放", "Open")] = True


class Raffle(RaffleTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0

    def check_open(self, now: datetime) -> None:
        """Raises RaffleClosed, RaffleNotBegun and RaffleOver."""
        if not self.is_open:
            raise RaffleClosed()
        if self.begins_at is not None and now < self.begins_at:
            raise RaffleNotBegun()
        if self.ends_at is not None and now >= self.ends_at:
            raise RaffleOver()

    def pick(self, rolled: int, taken: Sequence[Taken]) -> Prize | None:
        """By a number below WHOLE. A prize of which none is left wins nothing, so the chances of the others stay as they are."""
        for prize in self.prizes:
            if rolled < prize.chance:
                count = next((one.count for one in taken if one.title == prize.title), 0)
                return None if prize.most is not None and count >= prize.most else prize
            rolled -= prize.chance
        return None


class Taken(Struct, frozen=True):
    """So many of a prize were won."""

    title: str
    count: int


class Tally(Struct, frozen=True, kw_only=True):
    """What was drawn at a raffle. Whoever draws writes it, so of two at once one draws again."""

    id: int  # the raffle's
    revision: int = 1
    draws: int = 0
    taken: tuple[Taken, ...] = ()

    def with_draw(self, prize: Prize | None) -> Tally:
        if prize is None:
            return replace(self, draws=self.draws + 1, revision=self.revision + 1)
        before = next((one.count for one in self.taken if one.title == prize.title), 0)
        others = tuple(one for one in self.taken if one.title != prize.title)
        return replace(self, draws=self.draws + 1, taken=(*others, Taken(prize.title, before + 1)), revision=self.revision + 1)


class Draw(Struct, frozen=True, kw_only=True):
    """One that a member made."""

    id: NumberId
    revision: Revision = 1
    raffle_id: Annotated[int, about("抽奖", "Raffle", refers_to="mall.raffles")]
    user_id: Annotated[int, about("用户编号", "User")]
    prize: Annotated[str, about("奖品", "Prize")]
    is_won: Annotated[bool, about("中奖", "Won")]
    points: Annotated[int, about("赠送积分", "Points")] = 0
    is_handed_over: Annotated[bool, about("已发放", "Handed over")] = False
    drawn_at: Annotated[datetime, about("时间", "Drawn at")]


class TallyStore(Protocol):
    """Where tallies are kept."""

    async def find(self, id: int, within: Transaction | None = None) -> Tally | None: ...

    async def put(self, tally: Tally, within: Transaction) -> None:
        """In the place of the one before; of two transactions that do it at once one is run again."""


class RaffleRules(Rules[Raffle]):
    """Chances are no more than all, and a prize is told from the others by its title."""

    async def check(self, after: Raffle, before: Raffle | None) -> None:
        titles = [prize.title for prize in after.prizes]
        if len(set(titles)) < len(titles) or NO_PRIZE in titles:
            raise InvalidInput({"prizes": ["not_unique"]})
        if sum(prize.chance for prize in after.prizes) > WHOLE:
            raise InvalidInput({"prizes": [f"at_most:{WHOLE}"]})
        if after.begins_at is not None and after.ends_at is not None and after.ends_at <= after.begins_at:
            raise InvalidInput({"ends_at": ["not_after:begins_at"]})


class RaffleService:
    """Lets members draw. The last one of a prize goes to one."""

    def __init__(
        self,
        raffles: OwnedStore[Raffle],
        tallies: TallyStore,
        draws: OwnedStore[Draw],
        ledger: Ledger,
        transactions: Transactions,
        clock: Clock,
        roll: Callable[[int], int] = secrets.randbelow,
    ):
        self._raffles = raffles
        self._tallies = tallies
        self._draws = draws
        self._ledger = ledger
        self._transactions = transactions
        self._clock = clock
        self._roll = roll  # a number below that, each as likely

    async def get_raffle(self, raffle_id: int, within: Transaction | None = None) -> Raffle:
        """Raises RaffleMissing."""
        found = await self._raffles.find(raffle_id, within)
        if found is None:
            raise RaffleMissing("raffle")
        return found

    async def draw(self, user_id: int, raffle_id: int) -> Draw:
        """Raises RaffleMissing, RaffleClosed, RaffleNotBegun, RaffleOver and DrawsSpent."""
        # Before the transaction: what is run again draws the same.
        id, rolled = await self._draws.next_id(), self._roll(WHOLE)

        async def work(within: Transaction) -> Draw:
            raffle, now = await self.get_raffle(raffle_id, within), self._clock.now()
            raffle.check_open(now)
            if await self._draws.count_with(within, raffle_id=raffle_id, user_id=user_id) >= raffle.times:
                raise DrawsSpent()
            tally = await self._tallies.find(raffle_id, within) or Tally(id=raffle_id)
            prize = raffle.pick(rolled, tally.taken)
            made = Draw(
                id=id,
                raffle_id=raffle_id,
                user_id=user_id,
                prize=NO_PRIZE if prize is None else prize.title,
                is_won=prize is not None,
                points=0 if prize is None else prize.points,
                drawn_at=now,
            )
            await self._tallies.put(tally.with_draw(prize), within)
            await self._draws.add(made, None, within)
            if made.points:
                key, change = f"draw:{made.id}:won", Sums(points=made.points)
                posting = Posting(user_id=user_id, cause=Cause.GAME, key=key, change=change, remark=raffle.name)
                await self._ledger.post_within(posting, within)
            return made

        return await self._transactions.run(work, about=[f"raffle:{raffle_id}"])

    async def page_draws(self, page: PageQuery, *, raffle_id: int | None, user_id: int | None) -> Page[Draw]:
        """The newest first."""
        asked = {"raffle_id": raffle_id, "user_id": user_id}
        return await self._draws.page_with(page, **{name: value for name, value in asked.items() if value is not None})

    async def find_last(self, user_id: int, raffle_id: int) -> Draw | None:
        return await self._draws.find_first(user_id=user_id, raffle_id=raffle_id)


class DrawDesk(NounService[Draw]):
    """The staff's work on what was won."""

    async def hand_over(self, draw_id: Id, cause: Reason) -> Draw:
        """Raises NotFound, NotWon and ChangedMeanwhile."""

        async def apply(before: Draw) -> Draw:
            if not before.is_won:
                raise NotWon()
            return replace(before, is_handed_over=True, revision=before.revision + 1)

        return await self.act(draw_id, "hand-over", cause, apply)


RAFFLES = Noun(
    area="mall",
    name="raffles",
    zh="抽奖",
    en="Raffles",
    made=Raffle,
    terms=RaffleTerms,
    sorted=("id", "name"),
    filtered=("is_open",),
    order=("-id",),
    is_kept=True,
)

DRAWS = Noun(
    area="mall",
    name="raffle-draws",
    zh="抽奖记录",
    en="Draws",
    made=Draw,
    label="prize",
    searched=("prize",),
    sorted=("id", "drawn_at"),
    filtered=("raffle_id", "user_id", "is_won", "is_handed_over", "drawn_at"),
    order=("-id",),
    is_kept=True,
    raises=(NotWon,),
    actions=(Action("hand-over", "发放", "Hand over", DrawDesk.hand_over),),
)
