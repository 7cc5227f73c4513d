"""微信: JS-SDK signatures, template messages."""
from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from handlers.mall.shapes import object_in
from server.domain.errors import InvalidInput
from server.domain.mall.messaging.js_sdk import JsSdkOff, Signature
from server.domain.mall.messaging.messages import (
    AT_PRESENT,
    Channel,
    MessagesFull,
    MessagesOff,
    MessageWords,
    NoAddress,
    NotTaken,
    ThingMissing,
)
from server.domain.paces import DRAWINGS
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

MOST_VALUES, MOST_VALUE_CHARACTERS = 20, 500


class PageGiven(Struct):
    url: Annotated[str, Meta(max_length=2000, description="当前url地址，可通过 location.href 获取")]


class SignatureShape(Struct):
    appid: str
    timestamp: int
    noncestr: str
    sign: str

    @classmethod
    def of(cls, signature: Signature) -> SignatureShape:
        return cls(signature.app_id, signature.timestamp, signature.nonce, signature.sign)


@routes.post("/wx/jssdk/sign", access=ANYONE, pace=DRAWINGS, raises=(JsSdkOff,))
async def sign_page(call: Call, body: PageGiven) -> SignatureShape:
    """微信公众号js-sdk获取sign签名"""
    return SignatureShape.of(await call.services.mall.messaging.js_sdk.sign(body.url))


class MessageGiven(Struct, kw_only=True):
    """Unless `module` is `immediately` it is sent once the thing of `business_id` reaches the state `trigger`."""

    module: Annotated[
        str, Meta(max_length=32, description="immediately 立即；order 订单；comment 留言；cmsnews 投稿；saleDistributionApply 分销申请")
    ]
    type: Annotated[int, Meta(ge=0, le=1, description="0 小程序 1 服务号")]
    template_id: Annotated[str, Meta(max_length=64, pattern=r"^[\w-]+$", description="模板消息ID")]
    postJsonString: Annotated[str, Meta(max_length=8000, description='模板消息内容，如 {"thing1": {"value": "文字"}}')]
    business_id: Annotated[int, Meta(ge=1, le=LARGEST_ID, description="所属业务编号；分销申请的为会员自己的编号")] | None = None
    trigger: Annotated[int, Meta(ge=-9, le=99, description="触发的状态")] | None = None
    url: Annotated[str, Meta(max_length=1000)] = ""
    emphasis_keyword: Annotated[str, Meta(max_length=64)] = ""
    form_id: Annotated[str, Meta(max_length=200)] = ""

    def to_words(self) -> MessageWords:
        """Raises InvalidInput."""
        return MessageWords(
            channel=Channel(self.type),
            template_id=self.template_id,
            values=_values_in(self.postJsonString),
            link=self.url,
            emphasis=self.emphasis_keyword,
            module=self.module or AT_PRESENT,
            thing_id=self.business_id,
            trigger=self.trigger,
        )


def _values_in(text: str) -> dict[str, str]:
    """Raises InvalidInput."""
    found = {name: _value_of(value) for name, value in object_in(text, "postJsonString").items()}
    if len(found) > MOST_VALUES or any(value is None or len(value) > MOST_VALUE_CHARACTERS for value in found.values()):
        raise InvalidInput({"postJsonString": ["wrong_form"]})
    return {name: value for name, value in found.items() if value is not None}


def _value_of(given: Any) -> str | None:
    """`{"value": …}` as WeChat writes it, or the value alone."""
    value = given.get("value") if isinstance(given, dict) else given
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None


@routes.post(
    "/template-msg/put", access=SIGNED_IN, pace=DRAWINGS, raises=(NoAddress, ThingMissing, MessagesFull, NotTaken, MessagesOff)
)
async def put_message(call: Call, body: MessageGiven) -> None:
    """发送模板消息

    To the caller, of what is theirs. Of the mini-program a subscribe message is sent."""
    await call.services.mall.messaging.messages.put(call.caller, body.to_words())


class FormIdGiven(Struct):
    type: Literal["form", "pay"]
    formId: Annotated[str, Meta(max_length=200)]


@routes.post("/template-msg/wxa/formId", access=SIGNED_IN, raises=())
async def take_form_id(call: Call, body: FormIdGiven) -> None:
    """存储小程序模板消息的formid数据

    Nothing is kept of it: WeChat has asked for no form ids since 2020."""
