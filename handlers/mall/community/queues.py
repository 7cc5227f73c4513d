"""排队叫号"""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import DocumentTime, document_time, listed
from server.domain.mall.community.queues import (
    STATE_LABELS,
    Queue,
    QueueClosed,
    QueueFull,
    QueueMissing,
    QueueStatus,
    Ticket,
    TicketState,
)
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

STATUSES = {QueueStatus.OPEN: "正常", QueueStatus.CLOSED: "关闭", QueueStatus.FULL: "名额已满"}

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]


class QueuesQuery(Struct):
    status: Annotated[QueueStatus, Meta(description="0 正常 1 关闭 2 名额已满")] | None = None


class QueueShape(Struct):
    """`maxNumber` of 0: as many as like."""

    id: int
    name: str
    status: int
    statusStr: str
    curNumber: int
    minitus: int
    numberGet: int
    maxNumber: int

    @classmethod
    def of(cls, queue: Queue) -> QueueShape:
        status = queue.status
        return cls(queue.id, queue.name, status.value, STATUSES[status], queue.current, queue.minutes, queue.given, queue.most)


@routes.get("/queuing/types", access=ANYONE, raises=())
async def list_queues(call: Call, query: QueuesQuery) -> list[QueueShape]:
    """获取队列分类"""
    return listed(await call.services.mall.community.queues.list_queues(query.status), QueueShape.of)


class NumberWanted(Struct):
    typeId: Id
    mobile: Annotated[str, Meta(max_length=32, description="取号填写的手机号码")] = ""


class TicketShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    typeId: int
    number: int
    status: int
    statusStr: str
    mobile: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, ticket: Ticket) -> TicketShape:
        return cls(
            id=ticket.id,
            typeId=ticket.queue_id,
            number=ticket.number,
            status=ticket.state.value,
            statusStr=STATE_LABELS[ticket.state][0],
            mobile=ticket.mobile or None,
            dateAdd=document_time(ticket.taken_at),
        )


@routes.post("/queuing/get", access=SIGNED_IN, raises=(QueueMissing, QueueClosed, QueueFull))
async def take_number(call: Call, body: NumberWanted) -> TicketShape:
    """取号

    Who waits there already keeps the number of before."""
    return TicketShape.of(await call.services.mall.community.queues.take_number(call.caller, body.typeId, body.mobile))


class OwnQuery(Struct):
    typeId: Id | None = None
    status: Annotated[TicketState, Meta(description="0 排队中 1 受理中 2 已处理 3 已过号")] | None = None


class ProgressShape(Struct):
    queuingLog: TicketShape
    queuingUpType: QueueShape

    @classmethod
    def of(cls, pair: tuple[Ticket, Queue]) -> ProgressShape:
        return cls(TicketShape.of(pair[0]), QueueShape.of(pair[1]))


@routes.get("/queuing/my", access=SIGNED_IN, raises=())
async def list_own_numbers(call: Call, query: OwnQuery) -> list[ProgressShape]:
    """排队进度查询

    The newest first, each with its queue as it is now."""
    states = None if query.status is None else (query.status,)
    return listed(await call.services.mall.community.queues.list_own(call.caller, query.typeId, states), ProgressShape.of)
