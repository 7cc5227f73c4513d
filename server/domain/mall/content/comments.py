"""Comments: what people write to the mall, and of its articles. Nobody else reads one before the staff has approved it."""
from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.domain.accounts.users import User, UserStore
from server.domain.changes import Cause
from server.domain.clock import Clock
from server.domain.errors import Conflict, NotFound
from server.domain.mall.content.articles import ArticleService
from server.domain.mall.goods.goods import Label
from server.domain.nouns import Action, Id, Noun, NounService, NounStore, NumberId, Revision, about
from server.domain.paging import Page, PageQuery

MOST_CHARACTERS = 1000  # the document's
NOBODY = 0  # who wrote without a token


class CommentTooLong(Conflict):
    """A comment is longer than it may be."""


class CommentMissing(NotFound):
    """There is no such comment to answer."""


class CommentKind(int, Enum):
    """As the document numbers them."""

    MESSAGE = 0
    FEEDBACK = 1
    COMPLAINT = 2
    ARTICLE = 3
    API_REQUEST = 4


# What is written to the staff alone is read by its author and the staff.
PUBLIC = (CommentKind.MESSAGE, CommentKind.ARTICLE)

KIND_LABELS = {
    CommentKind.MESSAGE: ("网站留言", "Message"),
    CommentKind.FEEDBACK: ("意见反馈", "Feedback"),
    CommentKind.COMPLAINT: ("投诉建议", "Complaint"),
    CommentKind.ARTICLE: ("文章评论", "Of an article"),
    CommentKind.API_REQUEST: ("接口申请", "Asks for the API"),
}


class CommentState(int, Enum):
    """The first three as the document numbers them."""

    WAITING = 0
    APPROVED = 1
    ANSWERED = 2
    HIDDEN = 3


STATE_LABELS = {
    CommentState.WAITING: ("待审核", "Waits for approval"),
    CommentState.APPROVED: ("已审核", "Approved"),
    CommentState.ANSWERED: ("已回复", "Answered"),
    CommentState.HIDDEN: ("已隐藏", "Hidden"),
}


class CommentWords(Struct, frozen=True, kw_only=True):
    """What is written: `ref_id` says of what, `parent_id` to which comment; 0 for neither."""

    kind: CommentKind
    content: str
    ref_id: int = 0
    parent_id: int = 0
    labels: tuple[Label, ...] = ()


class Comment(Struct, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 1
    kind: Annotated[CommentKind, about("类型", "Kind", labels=KIND_LABELS)]
    content: Annotated[str, about("内容", "Content", "long_text")] = ""
    ref_id: Annotated[int, about("业务编号", "Of what")] = 0
    parent_id: Annotated[int, about("引用的留言", "To which comment", refers_to="mall.comments")] = 0
    user_id: Annotated[int, about("用户", "User")] = NOBODY
    labels: Annotated[tuple[Label, ...], about("扩展属性", "Labels")] = ()
    state: Annotated[CommentState, about("状态", "State", labels=STATE_LABELS)] = CommentState.WAITING
    reply: Annotated[str, about("回复", "Reply", "long_text")] = ""
    added_at: Annotated[datetime, about("时间", "Added at")]


class CommentQuestion(Struct, frozen=True, kw_only=True):
    """Which comments a reader asks for; None asks for any. `reader_id` is 0 for who has no token."""

    reader_id: int = NOBODY
    kind: CommentKind | None = None
    ref_id: int | None = None
    parent_id: int | None = None
    user_id: int | None = None
    state: CommentState | None = None
    is_answered: bool | None = None


class CommentStore(NounStore[Comment], Protocol):
    """Where comments are kept."""

    async def page_readable(self, question: CommentQuestion, page: PageQuery) -> Page[Comment]:
        """The newest first: approved ones of the public kinds, and the reader's own."""


class Answer(Struct, frozen=True, kw_only=True):
    text: Annotated[Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S")], about("回复", "Reply", "long_text")]


class CommentDesk(NounService[Comment]):
    """Takes comments, shows what may be read, and is the staff's work on them."""

    def __init__(self, comments: CommentStore, articles: ArticleService, users: UserStore, clock: Clock):
        super().__init__(COMMENTS, comments, clock)
        self._comments = comments
        self._articles = articles
        self._users = users

    async def write(self, user_id: int, words: CommentWords) -> Comment:
        """Raises CommentTooLong, ArticleMissing and CommentMissing."""
        if len(words.content) > MOST_CHARACTERS:
            raise CommentTooLong()
        if words.kind is CommentKind.ARTICLE:
            await self._articles.get_shown(words.ref_id)
        if words.parent_id and await self._comments.find(words.parent_id) is None:
            raise CommentMissing("comment")
        number, values = await self._comments.next_id(), {name: getattr(words, name) for name in words.__struct_fields__}
        made = Comment(**values, id=number, user_id=user_id, added_at=self._clock.now())
        await self._comments.add(made)
        return made

    async def page_readable(self, question: CommentQuestion, page: PageQuery) -> Page[tuple[Comment, User | None]]:
        """With who wrote them; None for who wrote without a token."""
        found = await self._comments.page_readable(question, page)
        users = await self._users.find_users({one.user_id for one in found.items} - {NOBODY})
        return Page(found.number, [(one, users.get(one.user_id)) for one in found.items], found.total)

    async def approve(self, id: Id, cause: Cause) -> Comment:
        return await self.become(id, "approve", cause, state=CommentState.APPROVED)

    async def hide(self, id: Id, cause: Cause) -> Comment:
        return await self.become(id, "hide", cause, state=CommentState.HIDDEN)

    async def answer(self, id: Id, cause: Cause, terms: Answer) -> Comment:
        """Who is answered is approved."""
        return await self.become(id, "answer", cause, state=CommentState.ANSWERED, reply=terms.text)


COMMENTS = Noun(
    area="mall",
    name="comments",
    zh="留言评论",
    en="Comments",
    made=Comment,
    label="content",
    searched=("content", "reply"),
    sorted=("id", "kind", "state", "added_at"),
    filtered=("kind", "state", "user_id", "ref_id", "parent_id"),
    order=("-id",),
    actions=(
        Action("approve", "通过", "Approve", CommentDesk.approve),
        Action("answer", "回复", "Answer", CommentDesk.answer, input=Answer),
        Action("hide", "隐藏", "Hide", CommentDesk.hide, needs_reason=True),
    ),
)
