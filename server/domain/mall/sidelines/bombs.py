"""The number bomb: a number is guessed, each time told to be smaller or larger, for points."""
from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Any

from msgspec import Struct
from msgspec.structs import replace

from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums, wallet_of
from server.domain.mall.settings import Settings, whole_number
from server.domain.mall.wallet.owned import OwnedStore, save_owned
from server.domain.nouns import Noun, NumberId, Revision, Rules, about
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction, Transactions

OPEN = "number_bomb_open"  # the setting: 1 is open
COST, REWARD = ("number_bomb_use_score", 10), ("number_bomb_win_score", 50)  # settings, and their usual values
LARGEST, GUESSES, MINUTES = ("number_bomb_max_number", 100), ("number_bomb_max_guess", 6), ("number_bomb_minutes", 10)


class BombMissing(NotFound):
    """There is no such game."""


class BombsClosed(Conflict):
    """The game is not played at present."""


class BombOver(Conflict):
    """The game is decided."""


class BombTimedOut(BombOver):
    """The game's time is over."""


class GuessesSpent(Conflict):
    """It was wrong, and the last guess."""


class AnswerSmaller(Conflict):
    """The number is smaller than that."""


class AnswerLarger(Conflict):
    """The number is larger than that."""


class BombState(int, Enum):
    """What became of it, in the document's numbers."""

    RUNNING = 0
    LOST = 1
    WON = 2
    TIMED_OUT = 3


STATE_LABELS = {
    BombState.RUNNING: ("进行中", "Running"),
    BombState.LOST: ("未猜中", "Lost"),
    BombState.WON: ("猜中", "Won"),
    BombState.TIMED_OUT: ("超时", "Timed out"),
}


class BombGame(Struct, frozen=True, kw_only=True):
    """One that somebody plays, by the rules that were set when it began."""

    id: int
    revision: int = 1
    user_id: int
    answer: int
    cost: int
    reward: int
    largest: int
    most_guesses: int
    guesses: tuple[int, ...] = ()
    state: BombState = BombState.RUNNING
    begun_at: datetime
    ends_at: datetime

    def at(self, now: datetime) -> BombGame:
        """Timed out if its time is over and nothing was decided."""
        is_over = self.state is BombState.RUNNING and now >= self.ends_at
        return self.become(state=BombState.TIMED_OUT) if is_over else self

    def become(self, **changes: Any) -> BombGame:
        return replace(self, **changes, revision=self.revision + 1)

    def guessed(self, number: int) -> BombGame:
        """Raises InvalidInput for what cannot be the answer, and BombOver."""
        if self.state is not BombState.RUNNING:
            raise BombTimedOut() if self.state is BombState.TIMED_OUT else BombOver()
        if not 1 <= number <= self.largest:
            raise InvalidInput({"number": ["wrong_form"]})
        guesses = (*self.guesses, number)
        is_last = len(guesses) >= self.most_guesses
        state = BombState.WON if number == self.answer else BombState.LOST if is_last else BombState.RUNNING
        return self.become(guesses=guesses, state=state)

    def check_hit(self) -> None:
        """What is told of the last guess, unless it hit. Raises GuessesSpent, AnswerSmaller and AnswerLarger."""
        if self.state is BombState.LOST:
            raise GuessesSpent()
        if self.state is BombState.RUNNING:
            raise AnswerSmaller() if self.answer < self.guesses[-1] else AnswerLarger()


class BombGameView(Struct, frozen=True, kw_only=True):
    """A game as the staff sees it, who may play too."""

    id: NumberId
    revision: Revision
    user_id: Annotated[int, about("用户编号", "User")]
    state: Annotated[BombState, about("状态", "State", labels=STATE_LABELS)]
    cost: Annotated[int, about("消耗积分", "Points paid")]
    reward: Annotated[int, about("奖励积分", "Points to win")]
    begun_at: Annotated[datetime, about("开始时间", "Begun at")]


class BombRules(Rules[BombGame]):
    """The answer stays with the game."""

    def show(self, made: BombGame) -> BombGameView:
        return BombGameView(**{name: getattr(made, name) for name in BombGameView.__struct_fields__})


class BombService:
    """Plays."""

    def __init__(
        self,
        games: OwnedStore[BombGame],
        ledger: Ledger,
        settings: Settings,
        transactions: Transactions,
        clock: Clock,
        roll: Callable[[int], int] = secrets.randbelow,
    ):
        self._games = games
        self._ledger = ledger
        self._settings = settings
        self._transactions = transactions
        self._clock = clock
        self._roll = roll

    async def begin(self, user_id: int) -> BombGame:
        """Its points are paid. Raises BombsClosed and NotEnoughPoints."""
        if (await self._settings.get_value(OPEN)).strip() != "1":
            raise BombsClosed()
        cost, reward, largest, guesses, minutes = [
            await whole_number(self._settings, *setting) for setting in (COST, REWARD, LARGEST, GUESSES, MINUTES)
        ]
        now, largest = self._clock.now(), max(2, min(largest, 1000))
        made = BombGame(
            id=await self._games.next_id(),
            user_id=user_id,
            answer=self._roll(largest) + 1,
            cost=cost,
            reward=reward,
            largest=largest,
            most_guesses=max(1, guesses),
            begun_at=now,
            ends_at=now + timedelta(minutes=max(1, minutes)),
        )

        async def work(within: Transaction) -> None:
            await self._games.add(made, None, within)
            await self._post(made, "begun", -made.cost, within)

        await self._transactions.run(work, about=[wallet_of(user_id)])
        return made

    async def guess(self, user_id: int, game_id: int, number: int) -> None:
        """It hit, if this returns: the points are given.

        Raises BombMissing, BombOver, BombTimedOut, GuessesSpent, AnswerSmaller, AnswerLarger and InvalidInput.
        """

        async def work(within: Transaction) -> BombGame:
            before = await self._games.find(game_id, within)
            if before is None or before.user_id != user_id:
                raise BombMissing("game")
            after = before.at(self._clock.now()).guessed(number)
            await save_owned(self._games, before, after, within)
            if after.state is BombState.WON:
                await self._post(after, "won", after.reward, within)
            return after

        (await self._transactions.run(work, about=[wallet_of(user_id)])).check_hit()

    async def page_own(self, user_id: int, page: PageQuery) -> Page[BombGame]:
        """The newest first, as they stand now."""
        found, now = await self._games.page_with(page, user_id=user_id), self._clock.now()
        return Page(found.number, [one.at(now) for one in found.items], found.total)

    async def _post(self, game: BombGame, what: str, points: int, within: Transaction) -> None:
        if points:
            key, change = f"bomb:{game.id}:{what}", Sums(points=points)
            await self._ledger.post_within(Posting(user_id=game.user_id, cause=Cause.GAME, key=key, change=change, remark="数字炸弹"), within)


BOMB_GAMES = Noun(
    area="mall",
    name="bomb-games",
    zh="数字炸弹",
    en="Number bomb games",
    made=BombGame,
    shown=BombGameView,
    label="id",
    searched=(),
    sorted=("id", "begun_at"),
    filtered=("user_id", "state", "begun_at"),
    order=("-id",),
    is_kept=True,
)
