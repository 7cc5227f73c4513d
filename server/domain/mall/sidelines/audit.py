"""The audit's part about what is sold and played beside goods."""
from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol

from server.domain.auditing.slices import giving_way
from server.domain.mall.audit import AuditedLedger, MallAudit
from server.domain.mall.ledger import Sums
from server.domain.mall.sidelines.bombs import BombGame, BombState
from server.domain.mall.sidelines.raffles import Draw, Tally
from server.domain.mall.sidelines.virtual_goods import Purchase
from server.domain.mall.wallet.audit import Account, Audited, Changes, audit_account


class AuditedTallies(Protocol):
    """Tallies of raffles, and what was drawn."""

    def each_tally(self) -> AsyncIterator[Tally]: ...

    async def find_counts(self, raffle_id: int) -> tuple[Tally, dict[str, int]]:
        """The tally and how many draws won which prize, no prize included, at one moment."""


class SidelineAudit:
    """Implements AuditPart."""

    def __init__(
        self,
        ledger: AuditedLedger,
        purchases: Audited[Purchase],
        draws: Audited[Draw],
        games: Audited[BombGame],
        tallies: AuditedTallies,
    ):
        self._ledger = ledger
        self._tallies = tallies
        self._accounts = (
            Account("virtual", purchases, lambda one: {"paid": Sums(balance=-one.price, points=-one.points)}),
            Account("draw", draws, lambda one: {"won": Sums(points=one.points)}),
            Account("bomb", games, changes_of_game),
        )

    @property
    def origins(self) -> Mapping[str, Callable[[Iterable[int]], Awaitable[list[Any]]]]:
        return {account.kind: account.kept.find_by_ids for account in self._accounts}

    async def audit(self, audit: MallAudit) -> None:
        for account in self._accounts:
            await audit_account(account, self._ledger, audit)
        async for known in giving_way(self._tallies.each_tally()):
            tally, won = await self._tallies.find_counts(known.id)
            if tally.draws != sum(won.values()):
                audit.note(f"raffle {known.id}", "has other draws than were counted")
            for one in tally.taken:
                if won.get(one.title, 0) != one.count:
                    audit.note(f"raffle {known.id}", f"has not given the prizes “{one.title}” that were counted")


def changes_of_game(game: BombGame) -> Changes:
    """Paid for when it began, and won once."""
    return {"begun": Sums(points=-game.cost), "won": Sums(points=game.reward) if game.state is BombState.WON else Sums()}
