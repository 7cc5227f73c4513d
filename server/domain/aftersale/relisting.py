"""Unpaid lots on their way to another issue."""
from __future__ import annotations

from collections.abc import Mapping

from server.domain.aftersale.settlements import Fate, SoldLotStore
from server.domain.clock import Clock
from server.domain.nouns import ChangedMeanwhile
from server.domain.transactions import Transaction


class Relisting:
    """Implements UnpaidLots. A lot that goes on to another issue is offered to nobody any more, and the other way round."""

    def __init__(self, sold: SoldLotStore, clock: Clock):
        self._sold = sold
        self._clock = clock

    async def list_unpaid(self, group_id: int) -> set[int]:
        """Sold, not paid, and not offered to anybody."""
        return {row.id for row in await self._sold.list_sold_of_group(group_id) if row.fate is Fate.FREE}

    async def relist_within(self, copies: Mapping[int, int], within: Transaction) -> None:
        """By lot its copy, as part of the transaction that writes the copies. Raises ChangedMeanwhile unless all are free still."""
        rows = await self._sold.list_sold([*copies], within)
        if len(rows) != len(copies) or any(row.fate is not Fate.FREE for row in rows):
            raise ChangedMeanwhile()
        for row in rows:
            after = row.become(self._clock.now(), fate=Fate.RELISTED, relisted_as=copies[row.id])
            if not await self._sold.save_sold(row, after, None, within):
                raise ChangedMeanwhile()
