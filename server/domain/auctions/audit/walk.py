"""Walks the whole record, lot after lot, and audits each; reads in batches and may run beside any number of servers."""
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

from server.domain.auctions.audit.findings import Entry, Finding
from server.domain.auctions.audit.keys import KeyLedger
from server.domain.auctions.audit.lots import LotAudit
from server.domain.auctions.goods import Lot
from server.domain.auctions.groups import Group, GroupStore
from server.domain.auctions.keys import KeyClaim
from server.domain.auctions.participations import Participation
from server.domain.auctions.record import MaximumSet
from server.domain.clock import Clock
from server.domain.errors import Unavailable

LOTS_AT_ONCE = 50
BIDS_AT_ONCE = 1000
BEYOND = 50  # places after a lot's last bid that are looked at; what lies farther is found by counting
PARTICIPATIONS_AT_ONCE = 5000
TRIES = 5  # a database under load answers late now and then
RETRY_SECONDS = 1.0


Read = TypeVar("Read")


class Unreadable(Struct, frozen=True):
    """A document that is no lot."""

    problem: str


class AuditStore(Protocol):
    """Reads what is stored as it lies there, in batches."""

    async def read_lots(self, goods_ids: Sequence[int]) -> dict[int, Lot | Unreadable]:
        """Those that are there, whether their group is or not, each with its outbox."""

    async def find_touched(self, goods_ids: Sequence[int]) -> set[int]:
        """Which of these lots have a first place in the record, or any participation."""

    async def list_lot_places(self, group_id: int | None) -> list[tuple[int, int]]:
        """Goods and group ids of one group's lots, or of all, in the order of the goods'."""

    async def list_entries(self, goods_id: int, *, after_seq: int, up_to_seq: int) -> list[Entry]:
        """A lot's places of the record, in order."""

    async def list_maxima(self, goods_id: int) -> list[MaximumSet]:
        """All that the record has of the lot's changed maxima, in order."""

    async def count_bids(self) -> int:
        """All places of the record, of whatever lot."""

    async def count_participations(self) -> int: ...

    async def list_participations(self, goods_id: int, *, after_user_id: int, limit: int) -> list[Participation]:
        """A lot's participations, in the order of their users."""

    async def find_claims(self, keys: list[tuple[int, str]]) -> dict[tuple[int, str], KeyClaim]:
        """Who claimed these keys of these users first, for those that are claimed."""


class Audit(Struct):
    """What was read and what was found. `on_the_way`: bids that the record does not have yet, but the outbox of their lot."""

    lots_in_all: int = 0
    lots: int = 0
    bids: int = 0
    on_the_way: int = 0
    participations: int = 0
    keys: int = 0
    finding_count: int = 0
    findings: list[Finding] = []

    @property
    def recorded(self) -> int:
        return self.bids - self.on_the_way

    @property
    def is_clean(self) -> bool:
        return self.finding_count == 0

    def note(self, finding: Finding) -> None:
        self.finding_count += 1
        self.findings.append(finding)


class AuditService:
    """Finds every place where the stored auction contradicts itself, and nothing else, however much moves meanwhile."""

    def __init__(self, groups: GroupStore, stored: AuditStore, clock: Clock):
        self._groups = groups
        self._stored = stored
        self._clock = clock

    async def audit(self, group_id: int | None = None, *, report: Callable[[Audit], None] = lambda audit: None) -> Audit:
        """Audits one group or everything; calls `report` after each lot. Raises NotFound and Unavailable."""
        if group_id is not None:
            await self._groups.get_group(group_id)
        counted = (await self._stored.count_bids(), await self._stored.count_participations()) if group_id is None else (0, 0)
        places = await self._stored.list_lot_places(group_id)
        audit, keys = Audit(lots_in_all=len(places)), KeyLedger()
        for start in range(0, len(places), LOTS_AT_ONCE):
            some = places[start : start + LOTS_AT_ONCE]
            # Groups are read before their lots: what a group says has ended had ended when the lot is read.
            groups = {group.id: group for group in await self._groups.list_groups_by_id([place[1] for place in some])}
            untouched = await _patiently(lambda: self._read_untouched([place[0] for place in some]))
            for goods_id, lots_group_id in some:
                group, lot = groups.get(lots_group_id), untouched.get(goods_id)
                if lot is not None:
                    self._conclude(LotAudit(lot, group), audit)
                else:
                    await _patiently(lambda: self._audit_lot(goods_id, group, audit, keys))
                audit.lots += 1
                report(audit)
        _find_strays(audit, *counted)
        audit.keys = len(keys)
        return audit

    async def _read_untouched(self, goods_ids: list[int]) -> dict[int, Lot]:
        """Those of the lots of which nothing is stored but themselves, for a few questions in all."""
        lots = (await self._stored.read_lots(goods_ids)).values()
        alone = {lot.id: lot for lot in lots if isinstance(lot, Lot) and not (lot.seq or lot.outbox or lot.maxima_count)}
        touched = await self._stored.find_touched([*alone]) if alone else set()
        return {goods_id: lot for goods_id, lot in alone.items() if goods_id not in touched}

    async def _audit_lot(self, goods_id: int, group: Group | None, audit: Audit, keys: KeyLedger) -> None:
        try:
            await self._read_lot(goods_id, group, audit, keys)
        except msgspec.ValidationError as error:
            audit.note(Finding(goods_id, None, f"cannot be read, or a participation or key of it: {error}"))

    async def _read_lot(self, goods_id: int, group: Group | None, audit: Audit, keys: KeyLedger) -> None:
        lot = (await self._stored.read_lots([goods_id])).get(goods_id)
        if not isinstance(lot, Lot):
            if lot is not None:
                audit.note(Finding(goods_id, None, f"cannot be read: {lot.problem}"))
            return  # else it was taken back with its import
        checking = LotAudit(lot, group)
        if lot.maxima_count:
            checking.add_maxima(await self._stored.list_maxima(goods_id))
        key_findings = await self._read_bids(checking, lot, 0, keys)
        participations = await self._read_participations(checking, goods_id)
        beyond = await self._stored.list_entries(goods_id, after_seq=lot.seq, up_to_seq=lot.seq + BEYOND)
        newer = (await self._stored.read_lots([goods_id])).get(goods_id)
        if not isinstance(newer, Lot):
            return audit.note(Finding(goods_id, None, "has gone while it was read"))
        if newer.maxima_count > lot.maxima_count:
            checking.add_maxima(await self._stored.list_maxima(goods_id))
        checking.go_on_with(newer)
        key_findings += await self._read_bids(checking, newer, lot.seq, keys)
        if group is None and newer.seq and not await self._groups.list_groups_by_id([newer.group_id]):
            checking.note(None, f"has bids, but its group {newer.group_id} does not exist")
        audit.participations += participations
        self._conclude(checking, audit, recorded_seq=max((entry.seq for entry in beyond), default=0))
        for finding in key_findings:
            audit.note(finding)

    def _conclude(self, checking: LotAudit, audit: Audit, *, recorded_seq: int = 0) -> None:
        checking.conclude(recorded_seq=recorded_seq)
        audit.bids += checking.bid_count
        audit.on_the_way += checking.on_the_way
        audit.finding_count += checking.finding_count
        audit.findings += checking.findings

    async def _read_bids(self, checking: LotAudit, lot: Lot, after_seq: int, keys: KeyLedger) -> list[Finding]:
        """Hands over the bids up to the lot's last; what the record does not have yet was in the outbox that came with the lot."""
        findings = []
        while after_seq < lot.seq:
            up_to_seq = min(after_seq + BIDS_AT_ONCE, lot.seq)
            entries = await self._stored.list_entries(lot.id, after_seq=after_seq, up_to_seq=up_to_seq)
            for entry in entries:
                checking.take(entry)
            findings += await self._check_keys(entries, keys)
            after_seq = up_to_seq
        checking.finish_bids(lot.seq)
        findings += await self._check_keys([Entry(bid.seq, bid) for bid in lot.outbox], keys)
        return findings

    async def _check_keys(self, entries: list[Entry], keys: KeyLedger) -> list[Finding]:
        keyed = [(entry.bid, (entry.bid.user_id, entry.bid.key)) for entry in entries if entry.bid and entry.bid.key]
        claims = await self._stored.find_claims([place for _, place in keyed]) if keyed else {}
        now = self._clock.now()
        found = (keys.check(bid, claims.get(place), now) for bid, place in keyed)
        return [finding for finding in found if finding is not None]

    async def _read_participations(self, checking: LotAudit, goods_id: int) -> int:
        count = user_id = 0
        while True:
            some = await self._stored.list_participations(goods_id, after_user_id=user_id, limit=PARTICIPATIONS_AT_ONCE)
            checking.take_participations(some)
            count += len(some)
            if len(some) < PARTICIPATIONS_AT_ONCE:
                return count
            user_id = some[-1].user_id


async def _patiently(read: Callable[[], Awaitable[Read]]) -> Read:
    for _ in range(TRIES - 1):
        try:
            return await read()
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)
    return await read()


def _find_strays(audit: Audit, bids: int, participations: int) -> None:
    """Compares with what was counted before: since then there may only be more, unless some belong to no lot that was read."""
    for what, counted, read in (("bids", bids, audit.recorded), ("participations", participations, audit.participations)):
        if counted > read:
            audit.note(Finding(None, None, f"{counted - read} {what} belong to no lot, or lie beyond the last bid of theirs"))
