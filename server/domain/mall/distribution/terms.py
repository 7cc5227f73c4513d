"""On which terms the mall is recommended, as the shop has set them."""
from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from msgspec import Struct

from server.domain.mall.settings import Settings

CAN_BUY, PRICE = "fx_can_buy", "fx_price"
PERCENTS = ("fx_commission_1", "fx_commission_2")  # of the level that brought the buyer, and of the one that brought that one
LEADER_OPEN, LEADER_PRICE = "fx_leader_open", "fx_leader_price"
MOST = Decimal(10**8)


class Terms(Struct, frozen=True, kw_only=True):
    """`price` in fen, for who buys the right to be a distributor; `percents` by level, each in hundredths of a percent."""

    can_buy: bool
    price: int
    percents: tuple[int, ...]
    can_buy_lead: bool
    lead_price: int


async def read_terms(settings: Settings) -> Terms:
    """What is not set, or is no number, is nothing."""
    return Terms(
        can_buy=await _is_on(settings, CAN_BUY),
        price=await _hundredths(settings, PRICE),
        percents=tuple([min(await _hundredths(settings, key), 100 * 100) for key in PERCENTS]),
        can_buy_lead=await _is_on(settings, LEADER_OPEN),
        lead_price=await _hundredths(settings, LEADER_PRICE),
    )


async def _is_on(settings: Settings, key: str) -> bool:
    return (await settings.get_value(key)).strip() in ("1", "true", "open")


async def _hundredths(settings: Settings, key: str) -> int:
    """Of a number with decimals: yuan as fen, percent as hundredths of it."""
    try:
        number = Decimal((await settings.get_value(key)).strip() or "0")
    except InvalidOperation:
        return 0
    return int((number * 100).quantize(Decimal(1), ROUND_HALF_UP)) if number.is_finite() and 0 <= number <= MOST else 0
