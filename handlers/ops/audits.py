"""持续审计: whether what is stored contradicts itself anywhere."""
from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Struct

from handlers.bidding.shapes import DocumentTime, document_time
from server.domain.auditing.standings import PartStanding
from server.domain.nouns import about
from server.web.access import OPERATOR
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()


class WrongPlaceShape(Struct):
    about: str
    problem: str


class AuditPartShape(Struct):
    """`passes`: how often all of it was looked at, `looked_at` when last. Of the findings the first ones."""

    name: Annotated[str, about("部分", "Part")]
    state: Annotated[Literal["green", "red"], about("状态", "State")]
    passes: Annotated[int, about("已完成遍数", "Passes")]
    looked_at: Annotated[DocumentTime | None, about("最近检查", "Looked at", "time")]
    finding_count: Annotated[int, about("不一致", "Findings")]
    findings: list[WrongPlaceShape]

    @classmethod
    def of(cls, one: PartStanding) -> AuditPartShape:
        return cls(
            one.name,
            "red" if one.finding_count else "green",
            one.passes,
            None if one.looked_at is None else document_time(one.looked_at),
            one.finding_count,
            [WrongPlaceShape(wrong.about, wrong.problem) for wrong in one.findings],
        )


@routes.get("/audit", access=OPERATOR)
async def list_audit_parts(call: Call) -> list[AuditPartShape]:
    """持续审计

    Lots, what was published, what came after sales, and the mall: what the server that answers has heard last."""
    return [AuditPartShape.of(part) for part in call.services.ops.audits.list_parts()]
