"""Control of the sale: what operators do to a lot, or to all lots of a group, while people bid."""
from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from server.domain.auctions.commits import LotDesks
from server.domain.auctions.goods import Lot, LotStatus, LotStore
from server.domain.auctions.groups import Announcement, Group, GroupStore
from server.domain.auctions.interventions import ActRefused, LotOver, list_stands
from server.domain.auctions.offers import Instruction
from server.domain.auctions.record import Act, Bid, RecordStore, make_salt
from server.domain.changes import Cause
from server.domain.clock import Clock
from server.domain.errors import InvalidInput, NotFound
from server.domain.events import GroupChanged, Publisher
from server.domain.rounds import Rounds

log = logging.getLogger(__name__)

LOTS_AT_ONCE = 20
LEFT_AFTER = timedelta(seconds=5)  # an instruction to a group that is not done by then was left by a process that died
SWEEP_SECONDS = 2.0


class GroupInstruction(Struct, frozen=True, kw_only=True):
    """What an operator wants done to every lot of a group that is open. Kept until it is done."""

    id: str
    group_id: int
    act: Act
    operator_id: int
    reason: str
    at: datetime
    seconds: int = 0


class Done(Struct, frozen=True):
    """How many lots it was done to; the others were not in a state for it."""

    lots: int
    refused: int


class InstructionStore(Protocol):
    """Where instructions to groups wait until they are done."""

    async def add_instruction(self, wanted: GroupInstruction) -> None: ...

    async def list_left(self, before: datetime) -> list[GroupInstruction]:
        """Those not done that were given before then."""

    async def finish_instruction(self, instruction_id: str) -> None: ...


class ControlService:
    """Each act on a lot is one conditional write, decided in turn with its bids; on a group, one for each of its lots.

    An instruction to a group is written down first: whatever dies, all of its lots hear of it, each once.
    """

    def __init__(
        self,
        desks: LotDesks,
        groups: GroupStore,
        lots: LotStore,
        record: RecordStore,
        instructions: InstructionStore,
        publisher: Publisher,
        clock: Clock,
    ):
        self._desks = desks
        self._groups = groups
        self._lots = lots
        self._record = record
        self._instructions = instructions
        self._publisher = publisher
        self._clock = clock
        self._rounds = Rounds("doing what was left of instructions", self.sweep, SWEEP_SECONDS)

    def start(self) -> None:
        """From now on does what other processes have left."""
        self._rounds.start()

    async def stop(self) -> None:
        await self._rounds.stop()

    async def act_on_lot(
        self, goods_id: int, act: Act, cause: Cause, *, seconds: int = 0, back_to: int | None = None, key: str | None = None
    ) -> Bid:
        """Gives the entry that it leaves in the record; the same key does it once.

        Raises NotFound, ActRefused (one of its kinds), InvalidInput, and Unavailable: then it may or may not be done.
        """
        assert cause.user_id is not None
        return await self._desks.desk(goods_id).take_instruction(
            Instruction(
                id=f"{cause.user_id}:{key}" if key is not None else _new_id(),
                goods_id=goods_id,
                act=act,
                operator_id=cause.user_id,
                reason=cause.reason,
                arrived_at=self._clock.now(),
                seconds=seconds,
                back_to=back_to,
                salt=make_salt(),
            )
        )

    async def act_on_group(self, group_id: int, act: Act, cause: Cause, *, seconds: int = 0) -> Done:
        """Raises NotFound and Unavailable: what was written down is done even then."""
        assert cause.user_id is not None
        await self._groups.get_group(group_id)
        now = self._clock.now()
        wanted = GroupInstruction(
            id=_new_id(), group_id=group_id, act=act, operator_id=cause.user_id, reason=cause.reason, at=now, seconds=seconds
        )
        await self._instructions.add_instruction(wanted)
        return await self._do(wanted)

    async def announce(self, group_id: int, text: str) -> Group:
        """Words for everyone who looks at the group, now and later. Raises NotFound."""
        group = await self._groups.announce(group_id, Announcement(text, self._clock.now()))
        self._publisher.publish(GroupChanged(group=group))
        return group

    async def list_record(self, goods_id: int, *, after_seq: int, limit: int = 0) -> list[Bid]:
        """A lot's entries in order, what is still on its way included; all if `limit` is 0. Raises NotFound."""
        lot = await self._lots.get_lot(goods_id)
        recorded = await self._record.list_bids(goods_id, after_seq=after_seq, limit=limit)
        entries = {one.seq: one for one in (*lot.outbox, *recorded) if one.seq > after_seq}
        return [entries[seq] for seq in sorted(entries)[: limit or None]]

    async def void_leads(self, user_id: int, cause: Cause) -> list[int]:
        """Takes back what lets that user lead, of every lot that is open; gives these lots. Raises Unavailable."""
        groups = await self._groups.list_unfinished_groups()
        lots = [lot for group in groups for lot in await self._lots.list_lots(group.id)]
        led = [lot.id for lot in lots if lot.leader_id == user_id and lot.status is LotStatus.OPEN]
        return [goods_id for goods_id in led if await self._void_lead(goods_id, user_id, cause)]

    async def _void_lead(self, goods_id: int, user_id: int, cause: Cause) -> bool:
        """Back to the last entry after which somebody else led, or nobody. Others bid meanwhile: decided again, as long as they lead."""
        while True:
            lot, entries = await self._lots.get_lot(goods_id), await self.list_record(goods_id, after_seq=0)
            if lot.leader_id != user_id or lot.status is not LotStatus.OPEN:
                return False
            stands = list_stands(entries, ())
            back_to = max(seq for seq, stand in stands.items() if stand.user_id != user_id and lot.stands(seq) and seq < lot.seq)
            try:
                await self.act_on_lot(goods_id, Act.VOID, cause, back_to=back_to)
                return True
            except LotOver:
                return False
            except InvalidInput:
                continue

    async def sweep(self) -> None:
        """Does what a process has left that died. Raises Unavailable."""
        for wanted in await self._instructions.list_left(self._clock.now() - LEFT_AFTER):
            log.warning("an instruction to a group was left and is done now", extra={"group_id": wanted.group_id})
            with contextlib.suppress(NotFound):
                await self._do(wanted)

    async def _do(self, wanted: GroupInstruction) -> Done:
        if wanted.act is Act.START:
            group = await self._groups.start_early(wanted.group_id, wanted.at)
            self._publisher.publish(GroupChanged(group=group))
        lots = [lot for lot in await self._lots.list_lots(wanted.group_id) if lot.status is LotStatus.OPEN]
        done = 0
        for first in range(0, len(lots), LOTS_AT_ONCE):
            done += sum(await asyncio.gather(*(self._do_to(lot, wanted) for lot in lots[first : first + LOTS_AT_ONCE])))
        await self._instructions.finish_instruction(wanted.id)
        return Done(done, len(lots) - done)

    async def _do_to(self, lot: Lot, wanted: GroupInstruction) -> bool:
        """Whether the lot was in a state for it."""
        instruction = Instruction(
            id=wanted.id,
            goods_id=lot.id,
            act=wanted.act,
            operator_id=wanted.operator_id,
            reason=wanted.reason,
            arrived_at=wanted.at,
            seconds=wanted.seconds,
            salt=make_salt(),
        )
        try:
            await self._desks.desk(lot.id).take_instruction(instruction)
        except ActRefused:
            return False
        return True


def _new_id() -> str:
    return secrets.token_urlsafe(12)
