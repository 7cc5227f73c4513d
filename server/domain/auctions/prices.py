"""Prices: how far they go, and by how much each must be beaten. Pure."""
from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

from msgspec import Meta, Struct

from server.domain.nouns import about

MOST_STEPS = 20
MAX_PRICE = 2**53 - 1  # fen; what JavaScript's numbers hold exactly


class StepFrom(Struct, frozen=True):
    """From that price on, up to the next one of its table, a bid must beat it by `step`. Both in fen."""

    from_price: Annotated[int, Meta(ge=0, le=MAX_PRICE), about("当前价起", "From the price", "money")]
    step: Annotated[int, Meta(ge=1, le=MAX_PRICE), about("加价幅度", "Step", "money")]


def step_at(price: int, step: int, steps: Sequence[StepFrom]) -> int:
    """By how much that price must be beaten: by the table, or by the plain step where there is none."""
    return next((row.step for row in reversed(steps) if row.from_price <= price), step)


def find_step_problem(steps: Sequence[StepFrom]) -> str | None:
    """Why these are no table: each price has its step, told once."""
    if steps and steps[0].from_price != 0:
        return "begins_at_zero"
    return "not_rising" if any(one.from_price >= after.from_price for one, after in pairwise(steps)) else None
