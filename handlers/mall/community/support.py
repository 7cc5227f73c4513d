"""微信客服: agents, their talks, and what WeChat pushes."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.community.shapes import nick_of, picture_of
from handlers.mall.failures.general import NothingThere
from handlers.mall.shapes import DocumentTime, PageShape, Paging, absolute, document_time, paged
from server.domain.mall.community.people import Named
from server.domain.mall.community.pushes import PushRefused, Signature
from server.domain.mall.community.support import (
    STATE_LABELS,
    InvitationWrong,
    Line,
    NotServing,
    OffDuty,
    PictureUnusable,
    RepliesSpent,
    Talk,
    TalkMissing,
    TalkQuery,
    TalkState,
    TalkTaken,
)
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.inputs import Signed
from server.web.manners import LOOSE
from server.web.replies import Raw
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)
push_routes = Routes(LOOSE)

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID, description="客户服务id")]
Merchant = Annotated[str, Meta(max_length=64, description="商户id")]


class Ticket(Struct):
    ticket: Annotated[str, Meta(max_length=128, description="临时凭证")]


@routes.post("/kefu/employer/bind", access=SIGNED_IN, raises=(InvitationWrong,))
async def bind_agent(call: Call, body: Ticket) -> None:
    """绑定成为某商户的客服

    By a ticket of the staff's, which is good for one."""
    await call.services.mall.community.support.bind(call.caller, body.ticket)


class OfMerchant(Struct):
    appid: Merchant

    def check(self, call: Call) -> None:
        """Raises NotServing for another shop's."""
        if self.appid != call.services.config.mall_merchant_id:
            raise NotServing()


class AgentShape(Struct):
    appid: str
    isWork: bool
    dateAdd: DocumentTime


@routes.get("/kefu/employer/info", access=SIGNED_IN, raises=())
async def get_agent(call: Call, query: OfMerchant) -> AgentShape:
    """查看我当前的客服状态"""
    query.check(call)
    found = await call.services.mall.community.support.find_agent(call.caller)
    if found is None:
        raise NothingThere()
    return AgentShape(query.appid, found.is_working, document_time(found.bound_at))


class EmployerShape(Struct):
    appid: str
    name: str
    isWork: bool


@routes.get("/kefu/employer/list", access=SIGNED_IN, raises=())
async def list_employers(call: Call) -> list[EmployerShape]:
    """获取服务商家列表[将我设为客服的商家]"""
    found = await call.services.mall.community.support.find_agent(call.caller)
    if found is None:
        raise NothingThere()
    name = await call.services.mall.window.settings.get_value("mallName")
    return [EmployerShape(call.services.config.mall_merchant_id, name, found.is_working)]


class WorkloadShape(Struct):
    """Who waits for anybody; whom the caller serves, and has served."""

    waiting: int
    receiving: int
    received: int


@routes.get("/kefu/employer/statistics", access=SIGNED_IN, raises=(NotServing,))
async def get_workload(call: Call, query: OfMerchant) -> WorkloadShape:
    """查看当前的接待中、待接待、已接待的数据统计"""
    query.check(call)
    found = await call.services.mall.community.support.count_workload(call.caller)
    return WorkloadShape(found.waiting, found.served, found.done)


@routes.post("/kefu/employer/unbind", access=SIGNED_IN, raises=(NotServing,))
async def unbind_agent(call: Call, body: OfMerchant) -> None:
    """解除和某商户的客服关系[不做该商户的客服]"""
    body.check(call)
    await call.services.mall.community.support.unbind(call.caller)


class Duty(OfMerchant):
    isWork: Annotated[bool, Meta(description="true 为上班, false 为下班")]


@routes.post("/kefu/employer/work", access=SIGNED_IN, raises=(NotServing,))
async def set_duty(call: Call, body: Duty) -> None:
    """客服上下班"""
    body.check(call)
    await call.services.mall.community.support.set_working(call.caller, body.isWork)


class TalksQuery(Paging, kw_only=True):
    appid: Merchant
    isReply: Annotated[bool, Meta(description="是否已回复")] | None = None
    status: Annotated[TalkState, Meta(description="0 等待接待 1 接待中 2已接待")] | None = None


class TalkShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    uid: int
    nick: str | None = None
    avatarUrl: str | None = None
    status: int
    statusStr: str
    isReply: bool
    content: str | None = None
    dateAdd: DocumentTime
    dateUpdate: DocumentTime

    @classmethod
    def of(cls, named: Named[Talk], origin: str) -> TalkShape:
        talk = named.made
        return cls(
            id=talk.id,
            uid=talk.user_id,
            nick=nick_of(named.user),
            avatarUrl=picture_of(named.user, origin),
            status=talk.state.value,
            statusStr=STATE_LABELS[talk.state][0],
            isReply=talk.is_answered,
            content=talk.last or None,
            dateAdd=document_time(talk.began_at),
            dateUpdate=document_time(talk.said_at),
        )


@routes.post("/kefu/im/list", access=SIGNED_IN, raises=(NotServing,))
async def list_talks(call: Call, body: TalksQuery) -> PageShape[TalkShape]:
    """获取客户服务列表

    Those that wait, and the caller's own; the last said first."""
    OfMerchant(body.appid).check(call)
    page = body.to_page_query()
    query = TalkQuery(agent_id=call.caller.id, state=body.status, is_answered=body.isReply)
    found = await call.services.mall.community.support.page_talks(call.caller, query, page)
    return paged(found, page, lambda one: TalkShape.of(one, call.origin))


class LinesQuery(Paging, kw_only=True):
    kfid: Id


class LineShape(Struct, omit_defaults=True, kw_only=True):
    """`isSend`: false of a reply that WeChat did not take."""

    id: int
    kfid: int
    fromUser: bool
    msgType: str
    content: str
    picUrl: str | None = None
    isRead: bool
    isSend: bool
    dateAdd: DocumentTime

    @classmethod
    def of(cls, line: Line, origin: str) -> LineShape:
        return cls(
            id=line.id,
            kfid=line.talk_id,
            fromUser=line.is_from_user,
            msgType=line.kind.value,
            content=line.text,
            picUrl=absolute(line.picture, origin) or None,
            isRead=line.is_read,
            isSend=line.is_sent,
            dateAdd=document_time(line.said_at),
        )


@routes.post("/kefu/im/logs", access=SIGNED_IN, raises=(NotServing, TalkMissing))
async def list_lines(call: Call, body: LinesQuery) -> PageShape[LineShape]:
    """获取客户聊天记录

    The newest first."""
    page = body.to_page_query()
    found = await call.services.mall.community.support.page_lines(call.caller, body.kfid, page)
    return paged(found, page, lambda one: LineShape.of(one, call.origin))


class TalkId(Struct):
    kfid: Id


@routes.post("/kefu/im/mark-to-read", access=SIGNED_IN, raises=(NotServing, TalkMissing))
async def mark_read(call: Call, body: TalkId) -> None:
    """标记为已读"""
    await call.services.mall.community.support.mark_read(call.caller, body.kfid)


@routes.post("/kefu/im/reception", access=SIGNED_IN, raises=(NotServing, OffDuty, TalkMissing, TalkTaken))
async def receive(call: Call, body: TalkId) -> None:
    """接待某次客服咨询

    One agent has it from now on."""
    await call.services.mall.community.support.receive(call.caller, body.kfid)


class TextReply(TalkId):
    content: Annotated[str, Meta(max_length=2000, description="回复内容")]


@routes.post("/kefu/im/reply", access=SIGNED_IN, raises=(NotServing, TalkMissing, RepliesSpent))
async def reply(call: Call, body: TextReply) -> None:
    """文字回复"""
    await call.services.mall.community.support.reply(call.caller, body.kfid, body.content)


class PictureReply(TalkId):
    imageUrl: Annotated[str, Meta(max_length=1000, description="图片URL")]


@routes.post("/kefu/im/reply/image", access=SIGNED_IN, raises=(NotServing, TalkMissing, RepliesSpent, PictureUnusable))
async def reply_picture(call: Call, body: PictureReply) -> None:
    """图片回复

    The shop's own, or of the public web."""
    address = body.imageUrl.removeprefix(call.origin)
    await call.services.mall.community.support.reply_picture(call.caller, body.kfid, address)


# ---- what WeChat pushes

Short = Annotated[str, Meta(max_length=512)]


class PushQuery(Struct):
    """`msg_signature` where the message is sealed."""

    signature: Short = ""
    timestamp: Short = ""
    nonce: Short = ""
    echostr: Short = ""
    msg_signature: Short = ""

    def to_signature(self) -> Signature:
        return Signature(timestamp=self.timestamp, nonce=self.nonce, plain=self.signature, of_message=self.msg_signature)


TEXT = "text/plain; charset=utf-8"


@push_routes.get("/weixin/receive", access=ANYONE, media=("text/plain",), raises=(PushRefused,))
async def prove_push_address(call: Call, query: PushQuery) -> Raw:
    """消息推送地址，验证

    What WeChat asks whether we are there: `echostr` again, if it is signed."""
    call.services.mall.community.pushes.check(query.to_signature())
    return Raw(query.echostr.encode(), TEXT)


@push_routes.post("/weixin/receive", access=ANYONE, media=("text/plain",), max_body_bytes=128 * 1024, raises=(PushRefused,))
async def take_push(call: Call, query: PushQuery, body: Signed) -> Raw:
    """消息推送地址

    XML or JSON as WeChat signs it, sealed or not. What was pushed before changes nothing; with `echostr` that is answered."""
    if query.echostr and not body.content.strip():
        call.services.mall.community.pushes.check(query.to_signature())
        return Raw(query.echostr.encode(), TEXT)
    await call.services.mall.community.pushes.take(query.to_signature(), body.content)
    return Raw(b"success", TEXT)
