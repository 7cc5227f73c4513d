"""What is asked of the database for several lots at the same moment, each kind of question by one.

Of a hot lot many offers share a commit (commits.py). Of many lots with a bid each the commits themselves come together: one question
for ten lots costs the database less than half of ten (docs/decisions/0043).
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from server.domain.auctions.goods import Lot, LotStore, Projected
from server.domain.auctions.participations import Participation, ParticipationStore
from server.domain.batches import Batches
from server.domain.errors import NotFound, Unavailable

MOST = 64  # lots a question
AT_ONCE = 4  # questions of a kind: a lot whose answer takes long does not hold up all others
PROJECT_SECONDS = 1.0  # at most between two projections
PROJECT_SHARE = 0.2  # of the time at most: an update costs the embedded server ten times an insert


class Projection(Struct, frozen=True):
    """Participations of one lot that are to be stored, and up to which bid all are then."""

    stale: Sequence[Participation]
    projected: Projected


class LotBatches:
    """One for all lots of a process. Of one lot a question of each kind is under way at a time."""

    def __init__(self, lots: LotStore, participations: ParticipationStore):
        self._lots = lots
        self._participations = participations
        # Where the database is away, those who wait for the next question have waited as long as those who asked.
        usual: dict[str, Any] = {"most": MOST, "at_once": AT_ONCE, "for_all": Unavailable}
        self._reads: Batches[int, Lot | None] = Batches(self._read, **usual)
        self._commits: Batches[tuple[Lot, Lot], bool | BaseException | None] = Batches(self._commit, **usual)
        self._firsts: Batches[Sequence[Participation], None] = Batches(self._add_first, **usual)
        self._projections: Batches[Projection, None] = Batches(
            self._project, most=MOST, share=PROJECT_SHARE, pause=PROJECT_SECONDS
        )

    async def get_lot(self, goods_id: int) -> Lot:
        """As the store does. Raises NotFound and Unavailable."""
        lot = await self._reads.add(goods_id)
        if lot is None:
            raise NotFound("goods")
        return lot

    async def commit_lot(self, before: Lot, after: Lot) -> bool | None:
        """As the store does; None where it may or may not have happened: reading the lot again tells. Raises Unavailable."""
        done = await self._commits.add((before, after))
        if isinstance(done, BaseException):
            raise done
        return done

    async def add_first(self, participations: Sequence[Participation]) -> None:
        """As the store does. Raises Unavailable."""
        await self._firsts.add(participations)

    async def project(self, projection: Projection) -> None:
        """Stores the participations, and then that they are up to date. Raises Unavailable."""
        await self._projections.add(projection)

    async def _read(self, goods_ids: list[int]) -> list[Lot | None]:
        if len(goods_ids) == 1:
            return [await self._get_or_none(goods_ids[0])]
        found = {lot.id: lot for lot in await self._lots.list_whole_lots(goods_ids)}
        return [found.get(goods_id) for goods_id in goods_ids]

    async def _get_or_none(self, goods_id: int) -> Lot | None:
        try:
            return await self._lots.get_lot(goods_id)
        except NotFound:
            return None

    async def _commit(self, changes: list[tuple[Lot, Lot]]) -> Sequence[bool | BaseException | None]:
        if len(changes) == 1:
            return [await self._lots.commit_lot(*changes[0])]
        return await self._lots.commit_lots(changes)

    async def _add_first(self, lots: list[Sequence[Participation]]) -> list[None]:
        await self._participations.add_first([one for participations in lots for one in participations])
        return [None] * len(lots)

    async def _project(self, projections: list[Projection]) -> list[None]:
        stale = [one for projection in projections for one in projection.stale]
        if stale:
            await self._participations.save_newest(stale)
        await self._lots.note_projected([projection.projected for projection in projections])
        return [None] * len(projections)
