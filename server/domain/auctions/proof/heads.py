"""Heads: how each lot's record ends is published once, when it is settled, and the heads of a group under one root."""
from __future__ import annotations

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from server.domain.auctions.goods import Lot, LotStore
from server.domain.auctions.groups import Group
from server.domain.auctions.proof.merkle import plant
from server.domain.auctions.proof.notary import Notary
from server.domain.auctions.proof.receipts import Receipt
from server.domain.auctions.proof.statements import state_group, state_head
from server.domain.clock import Clock
from server.domain.errors import NotFound, Unavailable


class PublishedHead(Struct, frozen=True, kw_only=True):
    """The head of one lot, signed. `id` is the lot's."""

    id: int
    group_id: int
    signed: Receipt
    published_at: datetime


class PublishedGroup(Struct, frozen=True, kw_only=True):
    """The root over the heads of a group, signed: over their statements, in this order."""

    id: int
    signed: Receipt
    heads: tuple[str, ...]
    published_at: datetime


class HeadStore(Protocol):
    """Where heads are published: what is there is never replaced."""

    async def add_head(self, head: PublishedHead) -> None:
        """Unless there is one of that lot."""

    async def add_group(self, group: PublishedGroup) -> None:
        """Unless there is one."""

    async def find_head(self, goods_id: int) -> PublishedHead | None: ...

    async def list_heads(self, group_id: int) -> list[PublishedHead]:
        """In the order of their lots."""

    async def find_group(self, group_id: int) -> PublishedGroup | None: ...

    async def list_heads_after(self, goods_id: int, limit: int) -> list[PublishedHead]:
        """Of all groups: so many of higher ids, in their order."""

    async def list_groups(self) -> list[PublishedGroup]: ...


class HeadService:
    """Every step may be tried by any process at any time: the first one counts."""

    def __init__(self, heads: HeadStore, lots: LotStore, notary: Notary, clock: Clock):
        self._heads = heads
        self._lots = lots
        self._notary = notary
        self._clock = clock

    async def publish_lot(self, goods_id: int) -> None:
        """Of a lot that is settled. Raises Unavailable, also while it is not known to be."""
        lot = next(iter(await self._lots.list_lots_by_id([goods_id])), None)
        if lot is None or lot.settled_at is None:
            raise Unavailable("record")
        await self._publish(lot)

    async def publish_group(self, group: Group) -> None:
        """Of a group whose lots are all settled. Raises Unavailable."""
        heads = {head.id for head in await self._heads.list_heads(group.id)}
        for lot in await self._lots.list_lots(group.id):
            if lot.id not in heads and lot.settled_at is not None:
                await self._publish(lot)  # was announced by a version that published none
        statements = [head.signed.statement for head in await self._heads.list_heads(group.id)]
        if statements:
            root, _ = plant(statements)
            signed = self._notary.sign_now(state_group(group, root, len(statements)))
            published = PublishedGroup(id=group.id, signed=signed, heads=tuple(statements), published_at=self._clock.now())
            await self._heads.add_group(published)

    async def find_head(self, goods_id: int) -> PublishedHead | None:
        return await self._heads.find_head(goods_id)

    async def get_group(self, group_id: int) -> PublishedGroup:
        """Raises NotFound, also until the group has ended."""
        found = await self._heads.find_group(group_id)
        if found is None:
            raise NotFound("group")
        return found

    async def _publish(self, lot: Lot) -> None:
        signed = self._notary.sign_now(state_head(lot))
        await self._heads.add_head(PublishedHead(id=lot.id, group_id=lot.group_id, signed=signed, published_at=self._clock.now()))
