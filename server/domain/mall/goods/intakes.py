"""Intakes: every change of how many pieces came in is one entry that nothing changes again. What orders took, orders tell."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Struct

from server.domain.nouns import Noun, about


class Intake(Struct, frozen=True, kw_only=True):
    """Pieces that came in at one count, or were taken out if it is negative: the `seq`-th entry of it, and what had come in after it."""

    id: Annotated[str, about("编号", "Id")]  # count:seq
    count_id: Annotated[str, about("库存编号", "Stock")]
    goods_id: Annotated[int, about("商品", "Goods", refers_to="mall.goods")]
    seq: Annotated[int, about("序号", "Number")]
    number: Annotated[int, about("数量", "Pieces")]
    came_in: Annotated[int, about("累计入库", "Came in")]
    verb: Annotated[str, about("操作", "Action")]
    user_id: Annotated[int | None, about("操作人", "By whom")]
    reason: Annotated[str, about("原因", "Reason")]
    at: Annotated[datetime, about("时间", "At")]


INTAKES = Noun(
    area="mall",
    name="intakes",
    zh="入库记录",
    en="Intakes",
    made=Intake,
    id=str,
    label="id",
    searched=("reason",),
    sorted=("id", "at", "goods_id"),
    filtered=("goods_id", "count_id", "user_id"),
    order=("-at",),
    is_kept=True,
)
