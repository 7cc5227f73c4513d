"""How the continuous audit stands, part by part, as operators and their machines are told."""
from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from server.domain.auctions.audit.findings import Finding
from server.domain.auctions.audit.watch import AuditStanding

log = logging.getLogger(__name__)

LOTS = "lots"
FINDINGS_KEPT = 50  # of each part; all are counted


class WrongPlace(Struct, frozen=True):
    """What cannot be if the server alone wrote it. `about` names the thing."""

    about: str
    problem: str


class PartStanding(Struct, frozen=True, kw_only=True):
    """What the audit has found in one part. `passes`: how often all of it was looked at; `looked_at`: when last, None if never yet."""

    name: str
    passes: int = 0
    finding_count: int = 0
    findings: tuple[WrongPlace, ...] = ()
    looked_at: datetime | None = None


class LotsWatch(Protocol):
    """Walks over all lots."""

    @property
    def standing(self) -> AuditStanding | None: ...


class OtherWatch(Protocol):
    """Walks over all else."""

    @property
    def parts(self) -> Sequence[PartStanding]: ...


class Standings:
    """All parts, as this process has seen them last."""

    def __init__(self, lots: LotsWatch, books: OtherWatch):
        self._lots = lots
        self._books = books

    def list_parts(self) -> list[PartStanding]:
        return [_part_of(self._lots.standing), *self._books.parts]

    def is_clean(self) -> bool:
        """Whether nothing is found, as far as the walks have come."""
        return not any(part.finding_count for part in self.list_parts())


def _part_of(lots: AuditStanding | None) -> PartStanding:
    if lots is None:
        return PartStanding(name=LOTS)
    findings = tuple(WrongPlace(_place_of(one), one.problem) for one in lots.findings)
    return PartStanding(
        name=LOTS, passes=lots.passes, finding_count=lots.finding_count, findings=findings, looked_at=lots.looked_at
    )


def _place_of(one: Finding) -> str:
    lot = "the record" if one.goods_id is None else f"lot {one.goods_id}"
    return lot if one.seq is None else f"bid {one.seq} of {lot}"


def warn_of(before: Sequence[PartStanding], after: Sequence[PartStanding]) -> None:
    """Tells the log of each part that has turned red."""
    were_red = {part.name for part in before if part.finding_count}
    for part in after:
        if part.finding_count and part.name not in were_red:
            wrong = "; ".join(f"{one.about}: {one.problem}" for one in part.findings[:3])
            log.error("the audit of %s is red: %s", part.name, wrong)
