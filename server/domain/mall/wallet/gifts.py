"""Gifts with a recharge: who fills the wallet with so much is given something on top."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from server.domain.mall.furniture import Furniture
from server.domain.mall.wallet.owned import MOST_FEN
from server.domain.nouns import Noun, NumberId, Revision, about

Fen = Annotated[int, Meta(ge=1, le=MOST_FEN)]


class RechargeRuleTerms(Struct, frozen=True, kw_only=True):
    """`is_repeated`: the gift is given again for each time that the amount holds the threshold."""

    threshold: Annotated[Fen, about("充值满", "Recharged", "money")]
    gift: Annotated[Fen, about("赠送", "Gift", "money")]
    is_repeated: Annotated[bool, about("循环赠送", "For each time")] = False
    is_on: Annotated[bool, about("启用", "On")] = True
    remark: Annotated[Annotated[str, Meta(max_length=200)], about("备注", "Remark")] = ""


class RechargeRule(RechargeRuleTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0

    def gift_of(self, amount: int) -> int:
        """In fen, for so many."""
        times = amount // self.threshold
        return self.gift * (times if self.is_repeated else min(1, times))


def best_gift(rules: Iterable[RechargeRule], amount: int) -> int:
    """One rule alone gives: the one that gives most."""
    return max((rule.gift_of(amount) for rule in rules if rule.is_on), default=0)


class GiftService:
    """What recharges are given. Implements Gifts."""

    def __init__(self, rules: Furniture[RechargeRule]):
        self._rules = rules

    async def list_rules(self) -> list[RechargeRule]:
        """Those in force, the smallest first."""
        return [rule for rule in await self._rules.list_all() if rule.is_on]

    async def gift_of(self, amount: int) -> int:
        return best_gift(await self._rules.list_all(), amount)


RECHARGE_RULES = Noun(
    area="mall",
    name="recharge-rules",
    zh="充值赠送",
    en="Gifts with recharges",
    made=RechargeRule,
    terms=RechargeRuleTerms,
    label="threshold",
    searched=("remark",),
    sorted=("id", "threshold"),
    filtered=("is_on",),
    order=("threshold", "id"),
)
