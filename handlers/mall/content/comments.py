"""留言评论"""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.content.shapes import labels_given
from handlers.mall.shapes import WHOLE, DocumentTime, Paging, absolute, document_time, listed
from server.domain.accounts.users import User
from server.domain.mall.content.articles import ArticleMissing
from server.domain.mall.content.comments import (
    NOBODY,
    STATE_LABELS,
    Comment,
    CommentKind,
    CommentMissing,
    CommentQuestion,
    CommentState,
    CommentTooLong,
    CommentWords,
)
from server.domain.paces import COMMENTS
from server.web.access import ANYONE
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

Kind = Annotated[int, Meta(ge=0, le=4, description="0 网站留言 1 意见反馈 2 投诉建议 3 CMS文章评论 4 接口申请")]
IdOrNone = Annotated[int, Meta(ge=0, le=LARGEST_ID)]


class Written(Struct, kw_only=True):
    """`content`: 1000 characters at most."""

    type: Kind = 0
    content: Annotated[str, Meta(max_length=20_000, description="留言/评论内容，最多 1000 字符")]
    refId: Annotated[IdOrNone, Meta(description="业务ID，比如文章id")] = 0
    pid: Annotated[IdOrNone, Meta(description="引用的留言ID")] = 0
    extJsonStr: Annotated[str, Meta(max_length=20_000, description="属性信息，JSON格式")] | None = None

    def to_words(self) -> CommentWords:
        """Raises InvalidInput."""
        labels = labels_given(self.extJsonStr, "extJsonStr")
        return CommentWords(
            kind=CommentKind(self.type), content=self.content, ref_id=self.refId, parent_id=self.pid, labels=labels
        )


class CommentIdShape(Struct):
    id: int


class CommentsQuery(Paging, kw_only=True):
    type: Kind | None = None
    refId: IdOrNone | None = None
    pid: IdOrNone | None = None
    uid: IdOrNone | None = None
    status: Annotated[int, Meta(ge=0, le=2, description="0 待审核 1 已审核 2 已回复")] | None = None
    isReply: bool | None = None

    def to_question(self, reader_id: int) -> CommentQuestion:
        return CommentQuestion(
            reader_id=reader_id,
            kind=None if self.type is None else CommentKind(self.type),
            ref_id=self.refId,
            parent_id=self.pid,
            user_id=self.uid,
            state=None if self.status is None else CommentState(self.status),
            is_answered=self.isReply,
        )


class WriterShape(Struct, omit_defaults=True):
    nick: str | None = None
    avatarUrl: str | None = None


class CommentShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    type: int
    refId: int
    pid: int
    uid: int | None = None
    content: str
    status: int
    statusStr: str
    isReply: bool
    reply: str | None = None
    dateAdd: DocumentTime
    user: WriterShape | None = None

    @classmethod
    def of(cls, pair: tuple[Comment, User | None], origin: str) -> CommentShape:
        one, writer = pair
        return cls(
            id=one.id,
            type=one.kind.value,
            refId=one.ref_id,
            pid=one.parent_id,
            uid=one.user_id or None,
            content=one.content,
            status=one.state.value,
            statusStr=STATE_LABELS[one.state][0],
            isReply=one.state is CommentState.ANSWERED,
            reply=one.reply or None,
            dateAdd=document_time(one.added_at),
            user=None if writer is None else WriterShape(writer.nickname or None, absolute(writer.avatar, origin) or None),
        )


def _reader(call: Call) -> int:
    return NOBODY if call.user is None else call.user.id


@routes.post("/comment/add", access=ANYONE, pace=COMMENTS, raises=(CommentTooLong, CommentMissing, ArticleMissing))
async def add_comment(call: Call, body: Written) -> CommentIdShape:
    """添加留言/评论

    Others read it once the staff has approved it."""
    return CommentIdShape((await call.services.mall.content.comments.write(_reader(call), body.to_words())).id)


@routes.post("/comment/list", access=ANYONE, raises=())
async def list_comments(call: Call, body: CommentsQuery) -> list[CommentShape]:
    """读取留言评论列表

    Messages and what is said of articles, once approved; and whatever the caller wrote."""
    question = body.to_question(_reader(call))
    found = await call.services.mall.content.comments.page_readable(question, body.to_page_query(WHOLE))
    return listed(found.items, lambda pair: CommentShape.of(pair, call.origin))
