"""提醒: subscribe messages that the caller granted the mini-program, and quiet hours."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.errors import InvalidInput
from server.domain.reminders.quiet import QuietHours, to_minute, to_text
from server.domain.reminders.reach import Reach
from server.domain.reminders.reminders import Kind
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()

TimeOfDay = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["22:30"])]
ReportKey = Annotated[str, Meta(min_length=1, max_length=128, description="同 Idempotency-Key")]
TemplateId = Annotated[str, Meta(min_length=1, max_length=64)]


class TemplateShape(Struct):
    """`granted`: messages that may still be sent to the caller."""

    kind: Kind
    template_id: str
    granted: int


class QuietShape(Struct):
    """By the clocks of Shanghai; over midnight where `end` is the earlier one."""

    begin: TimeOfDay
    end: TimeOfDay


class ReachShape(Struct):
    """`templates`: what the mini-program asks leave for (`wx.requestSubscribeMessage`); `quiet`: when nothing is sent."""

    templates: list[TemplateShape]
    quiet: QuietShape | None

    @classmethod
    def of(cls, reach: Reach, call: Call) -> ReachShape:
        templates = [
            TemplateShape(kind, template, reach.grants.get(kind, 0))
            for kind, template in call.services.reminders.reach.templates.items()
        ]
        quiet = reach.quiet
        return cls(templates, None if quiet is None else QuietShape(to_text(quiet.begin), to_text(quiet.end)))


@routes.get("", access=SIGNED_IN, raises=())
async def get_reach(call: Call) -> ReachShape:
    """订阅授权与免打扰时段"""
    return ReachShape.of(await call.services.reminders.reach.get_reach(call.caller.id), call)


class Granted(Struct):
    """`accepted`: the template ids that `wx.requestSubscribeMessage` answered with `accept`. A report is counted once for its key."""

    accepted: Annotated[list[TemplateId], Meta(max_length=10)]
    request_id: ReportKey | None = None


@routes.post("/grants", access=SIGNED_IN, takes_key=True, raises=(InvalidInput,))
async def report_grants(call: Call, body: Granted) -> ReachShape:
    """上报订阅授权

    Each is good for one message. Without a key, a report that is repeated counts again."""
    key = call.idempotency_key or body.request_id or call.request_id
    return ReachShape.of(await call.services.reminders.reach.add_grants(call.caller.id, body.accepted, key), call)


@routes.put("/quiet", access=SIGNED_IN, raises=(InvalidInput,))
async def set_quiet(call: Call, body: QuietShape) -> ReachShape:
    """设置免打扰时段"""
    quiet = QuietHours(to_minute(body.begin), to_minute(body.end))
    return ReachShape.of(await call.services.reminders.reach.set_quiet(call.caller.id, quiet), call)


@routes.delete("/quiet", access=SIGNED_IN, raises=())
async def remove_quiet(call: Call) -> ReachShape:
    """取消免打扰时段"""
    return ReachShape.of(await call.services.reminders.reach.set_quiet(call.caller.id, None), call)
