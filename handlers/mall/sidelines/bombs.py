"""数字炸弹: a number is guessed for points."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import PAGED, DocumentTime, PageShape, Paging, document_time, paged
from server.domain.mall.ledger import NotEnoughPoints
from server.domain.mall.sidelines.bombs import (
    AnswerLarger,
    AnswerSmaller,
    BombGame,
    BombMissing,
    BombOver,
    BombsClosed,
    BombState,
    BombTimedOut,
    GuessesSpent,
)
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

STATES = {BombState.RUNNING: "进行中", BombState.LOST: "未猜中", BombState.WON: "猜中", BombState.TIMED_OUT: "超时"}


class BombLogShape(Struct):
    """`status`: 0 running, 1 lost, 2 won, 3 timed out."""

    id: int
    useScore: int
    winScore: int
    guessTime: int
    status: int
    statusStr: str
    dateAdd: DocumentTime

    @classmethod
    def of(cls, game: BombGame) -> BombLogShape:
        return cls(
            id=game.id,
            useScore=game.cost,
            winScore=game.reward,
            guessTime=len(game.guesses),
            status=game.state.value,
            statusStr=STATES[game.state],
            dateAdd=document_time(game.begun_at),
        )


class BombSettingShape(Struct):
    winScore: int
    maxNumber: int
    maxGuessTime: int


class BombShape(Struct):
    bombLog: BombLogShape
    setting: BombSettingShape

    @classmethod
    def of(cls, game: BombGame) -> BombShape:
        return cls(BombLogShape.of(game), BombSettingShape(game.reward, game.largest, game.most_guesses))


@routes.post("/gameNumberBomb/begin", access=SIGNED_IN, raises=(BombsClosed, NotEnoughPoints))
async def begin_bomb(call: Call) -> BombShape:
    """开始数字炸弹

    Its points are paid at once."""
    return BombShape.of(await call.services.mall.sidelines.bombs.begin(call.caller.id))


class Guess(Struct):
    id: Annotated[int, Meta(ge=0, le=LARGEST_ID, description="游戏id")]
    number: Annotated[int, Meta(ge=0, le=LARGEST_ID, description="猜的数字")]


@routes.post(
    "/gameNumberBomb/guess",
    access=SIGNED_IN,
    raises=(BombMissing, BombOver, BombTimedOut, GuessesSpent, AnswerSmaller, AnswerLarger),
)
async def guess_bomb(call: Call, body: Guess) -> None:
    """猜数字

    0: it hit. 40000: the number is smaller, 40001: larger, 30000: it was the last guess."""
    await call.services.mall.sidelines.bombs.guess(call.caller.id, body.id, body.number)


@routes.post("/gameNumberBomb/logs", access=SIGNED_IN, raises=())
async def page_bombs(call: Call, body: Paging) -> PageShape[BombLogShape]:
    """数字炸弹记录

    The newest first."""
    page = body.to_page_query(PAGED)
    return paged(await call.services.mall.sidelines.bombs.page_own(call.caller.id, page), page, BombLogShape.of)
