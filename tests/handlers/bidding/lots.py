"""Looking at lots behind the API's back."""
from __future__ import annotations

from server.domain.auctions.goods import Lot
from tests.api import Api


async def assert_untouched(api: Api, lot: Lot) -> None:
    """Nothing of the lot has changed since it was read, and no bid is on record."""
    assert await api.application.stores.auctions.lots.get_lot(lot.id) == lot
    assert await api.application.stores.auctions.record.list_bids(lot.id) == []
