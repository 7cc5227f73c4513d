"""验证码: what the sandbox has made and nobody sends."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.bidding.shapes import DocumentTime, document_time
from server.domain.mall.verification import Channel, WaitingCode
from server.domain.nouns import about
from server.web.access import SHOP_STAFF
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()


class CodesWanted(Struct):
    target: Annotated[str, Meta(max_length=254)] | None = None


class CodeShape(Struct):
    channel: Annotated[Channel, about("方式", "Channel")]
    target: Annotated[str, about("手机号、邮箱或图形验证码的 KEY", "Number, mail address or key of the picture")]
    code: Annotated[str, about("验证码", "Code")]
    sent_at: Annotated[DocumentTime, about("时间", "Time", "time")]

    @classmethod
    def of(cls, waiting: WaitingCode) -> CodeShape:
        return cls(waiting.channel, waiting.target, waiting.code, document_time(waiting.sent_at))


@routes.get("/codes", access=SHOP_STAFF, raises=())
async def list_codes(call: Call, query: CodesWanted) -> list[CodeShape]:
    """Codes that wait for their answer, the last one first; none unless codes are not sent, in development."""
    waiting = await call.services.mall.verification.list_waiting()
    return [CodeShape.of(one) for one in waiting if query.target in (None, one.target)]
