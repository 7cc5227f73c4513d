"""What everybody may know of a group's lots, kept up to date by the live channel."""
from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from server.domain.auctions.prices import StepFrom, step_at


class News(Struct):
    """A lot's state or an event of it; `seq` is below 0 in events that tell no price."""

    goods_id: int = 0
    seq: int = -1
    price: int = 0
    type: str = "state"
    status: str | int | None = None  # a number in events of the whole group


class Frame(Struct):
    """Any frame of the live channel, as far as a simulation looks at it."""

    id: int | None = None
    ok: bool = False
    error: str = ""
    seq: int = 0
    current: int = 0
    participation: msgspec.Raw = msgspec.Raw()
    state: list[News] = []
    push: list[News] = []
    cursor: str | dict[str, str] | None = None

    @property
    def news(self) -> Iterable[News]:
        return (one for one in (*self.state, *self.push) if one.seq >= 0)


# All watchers of a channel are sent the same bytes.
decode_frame = functools.lru_cache(maxsize=256)(msgspec.json.Decoder(Frame).decode)


@dataclass
class Lot:
    """Prices in fen."""

    id: int
    group_id: int
    low_price: int
    top_price: int
    step: int
    seq: int = 0
    price: int = 0
    is_open: bool = True
    steps: Sequence[StepFrom] = ()

    def choose_offer(self) -> int:
        """The least that may be offered, or a little more."""
        if not self.seq:
            return self.low_price
        return min(self.price + step_at(self.price, self.step, self.steps) * random.randint(1, 3), self.top_price)


class Market:
    """The lots of one group."""

    def __init__(self, lots: Iterable[Lot]):
        self.lots = {lot.id: lot for lot in lots}
        self._on_over: Callable[[], None] = lambda: None

    @property
    def open_lots(self) -> list[Lot]:
        return [lot for lot in self.lots.values() if lot.is_open]

    def when_over(self, tell: Callable[[], None]) -> None:
        """Calls it when no lot is open any more."""
        self._on_over = tell

    def take(self, news: Iterable[News]) -> None:
        """Older news than what is known are ignored."""
        for one in news:
            lot = self.lots.get(one.goods_id)
            if lot is None or one.seq < lot.seq:
                continue
            lot.seq, lot.price = one.seq, one.price
            if one.status is not None:
                lot.is_open = one.status == "open"
                if not self.open_lots:
                    self._on_over()
