"""The audit of what was published: signed heads and roots against each other, and against the lots."""
from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

import msgspec
from msgspec import Struct

from server.domain.auctions.goods import LotStore
from server.domain.auctions.proof.checks import IsSigned, Problem, check
from server.domain.auctions.proof.forms import GroupHeads, Kept, Key
from server.domain.auctions.proof.heads import HeadStore, PublishedHead
from server.domain.auctions.proof.keys import KeyStore

HEADS_AT_ONCE = 50  # a signature takes a tenth of a millisecond, and bids wait for the event loop


class ProofAudit(Struct):
    """What was looked at and what was found."""

    keys: int = 0
    heads: int = 0
    groups: int = 0
    finding_count: int = 0
    findings: list[Problem] = []

    @property
    def is_clean(self) -> bool:
        return not self.finding_count

    def note(self, *found: Problem) -> None:
        for one in found:
            if one not in self.findings:
                self.finding_count += 1
                self.findings.append(one)


class ProofAuditService:
    """Finds heads that were republished, forged or taken away, and lots that were changed since theirs was published."""

    def __init__(self, keys: KeyStore, heads: HeadStore, lots: LotStore, is_signed: IsSigned):
        self._keys = keys
        self._heads = heads
        self._lots = lots
        self._is_signed = is_signed

    async def audit(self, audit: ProofAudit | None = None) -> ProofAudit:
        """Fills it in as it goes, and gives it. Raises Unavailable."""
        audit = audit or ProofAudit()
        keys = await list_public_keys(self._keys)
        audit.keys = len(keys)
        audit.note(*check(Kept(keys=keys), self._is_signed).problems)
        after = 0
        while heads := await self._heads.list_heads_after(after, HEADS_AT_ONCE):
            after = heads[-1].id
            await self._check_heads(audit, keys, heads)
            await asyncio.sleep(0)  # a walk that takes its time rests here
        for group in await self._heads.list_groups():
            audit.groups += 1
            published = {head.id: head for head in await self._heads.list_heads(group.id)}
            # Signatures were looked at before; those of which the group tells another thing are held against it.
            stated = set(group.heads)
            others = [one for one in published.values() if one.signed.statement not in stated]
            self._check(audit, keys, others, GroupHeads(group.signed, group.heads))
            audit.note(*_find_missing(group.heads, published))
            await asyncio.sleep(0)
        return audit

    def _check(self, audit: ProofAudit, keys: tuple[Key, ...], heads: Sequence[PublishedHead], *groups: GroupHeads) -> None:
        names = {f"head {number}": f"head of lot {head.id}" for number, head in enumerate(heads, 1)}
        kept = Kept(keys=keys, heads=tuple(head.signed for head in heads), groups=groups)
        found = check(kept, self._is_signed).problems
        audit.note(*(Problem(names.get(one.about, one.about), one.problem) for one in found))

    async def _check_heads(self, audit: ProofAudit, keys: tuple[Key, ...], heads: list[PublishedHead]) -> None:
        audit.heads += len(heads)
        self._check(audit, keys, heads)
        lots = {lot.id: lot for lot in await self._lots.list_lots_by_id([head.id for head in heads])}
        for head in heads:
            stated, lot = _read_head(head.signed.statement), lots.get(head.id)
            if stated is None or stated.goods_id != head.id:
                audit.note(Problem(f"lot {head.id}", "is published with what is no head of it"))
            elif lot is None:
                audit.note(Problem(f"lot {head.id}", "is gone, but its head was published"))
            elif lot.head != stated.head:
                heads_told = f"was published with the head {stated.head[:16]}…, its record ends with {lot.head[:16]}…"
                audit.note(Problem(f"lot {head.id}", f"{heads_told}: it was changed since"))


async def list_public_keys(keys: KeyStore) -> tuple[Key, ...]:
    return tuple(Key(one.id, one.public_key, one.endorsement) for one in await keys.list_keys())


class _Head(Struct):
    goods_id: int
    head: str


def _read_head(statement: str) -> _Head | None:
    try:
        return msgspec.json.decode(statement, type=_Head)
    except msgspec.DecodeError:
        return None


def _find_missing(statements: Collection[str], published: Collection[int]) -> list[Problem]:
    there = [head.goods_id for head in map(_read_head, statements) if head is not None]
    return [Problem(f"lot {goods_id}", "has a head in its group, and none of its own") for goods_id in there if goods_id not in published]
