"""What can go wrong with what is sold and played beside goods."""
from __future__ import annotations

from server.domain.mall.sidelines.bombs import (
    AnswerLarger,
    AnswerSmaller,
    BombMissing,
    BombOver,
    BombsClosed,
    BombTimedOut,
    GuessesSpent,
)
from server.domain.mall.sidelines.raffles import DrawsSpent, RaffleClosed, RaffleMissing, RaffleNotBegun, RaffleOver
from server.domain.mall.sidelines.virtual_goods import VirtualGoodsMissing, VirtualGoodsOff
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    VirtualGoodsMissing: Failure(200, "404", "虚拟物品不存在", "There are no such virtual goods"),
    VirtualGoodsOff: Failure(200, "20000", "该物品已下架", "They are not sold now"),
    RaffleMissing: Failure(200, "700", "抽奖项目不存在", "There is no such raffle"),
    RaffleNotBegun: Failure(200, "10000", "抽奖活动尚未开始", "The raffle begins later"),
    RaffleOver: Failure(200, "20000", "抽奖活动已结束", "The raffle is over"),
    DrawsSpent: Failure(200, "30000", "您的抽奖次数已用完", "You have drawn as often as you may"),
    RaffleClosed: Failure(200, "40000", "抽奖活动已结束", "The raffle is closed"),
    BombMissing: Failure(200, "404", "游戏不存在", "There is no such game"),
    BombsClosed: Failure(200, "10000", "游戏未开启", "The game is not played at present"),
    BombOver: Failure(200, "20000", "游戏已结束", "The game is over"),
    BombTimedOut: Failure(200, "20001", "游戏已超时", "The game's time is over"),
    GuessesSpent: Failure(200, "30000", "次数已用完", "That was the last guess"),
    AnswerSmaller: Failure(200, "40000", "猜大了", "It is smaller"),
    AnswerLarger: Failure(200, "40001", "猜小了", "It is larger"),
}
