"""After the end: winner and losers are told once, and a group whose lots are all done is finished."""
from __future__ import annotations

import logging

from msgspec.structs import replace

from server.domain.auctions.goods import Lot, LotStatus, LotStore, withdrawn_because
from server.domain.auctions.groups import Group, GroupStore
from server.domain.auctions.participations import ParticipationStore
from server.domain.auctions.proof.heads import HeadService
from server.domain.clock import Clock
from server.domain.events import GroupChanged, LotAnnounced, Publisher

log = logging.getLogger(__name__)


class ClosingService:
    """Every step may be tried by any process at any time: the stores let each happen once."""

    def __init__(
        self,
        lots: LotStore,
        groups: GroupStore,
        participations: ParticipationStore,
        heads: HeadService,
        publisher: Publisher,
        clock: Clock,
    ):
        self._lots = lots
        self._groups = groups
        self._participations = participations
        self._heads = heads
        self._publisher = publisher
        self._clock = clock

    async def announce(self, lot: Lot) -> Lot:
        """Settles the participations of a settled lot, publishes its head, tells winner and losers; gives the lot as announced."""
        at = self._clock.now()
        await self._heads.publish_lot(lot.id)
        await self._participations.settle(lot.id, at)
        await self._lots.note_announced(lot.id, at)
        announced = replace(lot, announced_at=at)
        await self.tell_again(announced)
        log.info("lot settled", extra={"goods_id": lot.id, "status": lot.status.value, "price": lot.price, "user_id": lot.leader_id})
        return announced

    async def tell_again(self, lot: Lot) -> None:
        """Tells how a lot ended; who has heard it already ignores it."""
        participations = await self._participations.list_by_goods(lot.id)
        assert lot.announced_at is not None
        winner_id = lot.leader_id if lot.status is LotStatus.WON else None
        self._publisher.publish(
            LotAnnounced(
                goods_id=lot.id,
                group_id=lot.group_id,
                seq=lot.seq,
                price=lot.current_price,
                winner_id=winner_id,
                loser_ids=tuple(one.user_id for one in participations if one.user_id != winner_id),
                at=lot.announced_at,
                withdrawn_because=withdrawn_because(lot),
            )
        )

    async def finish(self, group: Group) -> None:
        """Marks a group ended whose lots are all settled, once the root over their heads is published."""
        at = self._clock.now()
        await self._heads.publish_group(group)
        if await self._groups.finish_group(group.id, at):
            log.info("group ended", extra={"group_id": group.id, "issue": group.issue})
            self._publisher.publish(GroupChanged(group=replace(group, ended_at=at, end_at=min(group.end_at, at))))
