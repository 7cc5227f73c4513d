"""What can go wrong with money, points and growth."""
from __future__ import annotations

from server.domain.mall.ledger import (
    NotEnough,
    NotEnoughBalance,
    NotEnoughFrozen,
    NotEnoughGrowth,
    NotEnoughPoints,
    TooMuch,
)
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    NotEnoughBalance: Failure(200, "20002", "余额不足", "The balance is not enough"),
    NotEnoughPoints: Failure(200, "20003", "积分不足", "There are not enough points"),
    NotEnoughFrozen: Failure(200, "20002", "冻结金额不足", "Less money is frozen"),
    NotEnoughGrowth: Failure(200, "20003", "成长值不足", "There is not enough growth"),
    NotEnough: Failure(200, "20002", "余额不足", "There is not enough"),
    TooMuch: Failure(200, "20000", "金额超出上限", "It would be more than a wallet holds"),
}
