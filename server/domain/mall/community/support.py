"""Customer service: what people write to the shop in WeChat, and the agents who receive and answer them.

A talk is what one person and the shop say to each other until it is done. It is received by one agent. Whatever WeChat pushes more
than once is kept once, by its key.
"""
from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.accounts.user_service import UserService
from server.domain.accounts.users import User
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput
from server.domain.events import Publisher, SupportSaid
from server.domain.mall.community.people import Named, People, with_people
from server.domain.nouns import NounStore, NumberId, Revision, about
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Contended, Transaction, Transactions

MOST_REPLIES = 5  # that WeChat brings to somebody for one message of theirs
REPLIES_LAST = timedelta(hours=48)
MOST_CHARACTERS = 600  # of a reply: WeChat brings 2048 bytes
MOST_HEARD_CHARACTERS = 4000
SHOWN_CHARACTERS = 120


class InvitationWrong(Conflict):
    """No invitation has this ticket, its time is over, or it was taken."""


class NotServing(Conflict):
    """The caller is no agent of this shop."""


class TalkMissing(Conflict):
    """The caller has no such talk."""


class TalkTaken(Conflict):
    """Another agent has received it, or it is done."""


class OffDuty(Conflict):
    """Who is off duty receives nobody."""


class RepliesSpent(Conflict):
    """WeChat brings no more replies to them until they write again."""


class PictureUnusable(Conflict):
    """What was to be sent is no picture that WeChat takes."""


class TalkState(int, Enum):
    """As the document numbers them."""

    WAITING = 0
    SERVED = 1
    DONE = 2


STATE_LABELS = {
    TalkState.WAITING: ("等待接待", "Waiting"),
    TalkState.SERVED: ("接待中", "Served"),
    TalkState.DONE: ("已接待", "Done"),
}


class LineKind(str, Enum):
    """What is said."""

    TEXT = "text"
    IMAGE = "image"


KIND_LABELS = {LineKind.TEXT: ("文字", "Text"), LineKind.IMAGE: ("图片", "Picture")}


class Agent(Struct, frozen=True, kw_only=True):
    """A member who answers for the shop."""

    id: NumberId  # the user's
    revision: Revision = 1
    is_working: Annotated[bool, about("上班", "On duty")] = True
    bound_at: Annotated[datetime, about("绑定时间", "Bound at")]


class Invitation(Struct, frozen=True, kw_only=True):
    """Makes one member an agent, once."""

    id: Annotated[str, about("凭证", "Ticket")]
    revision: Revision = 1
    remark: Annotated[str, about("说明", "Remark")] = ""
    good_until: Annotated[datetime, about("有效期至", "Good until")]
    used_by: Annotated[int | None, about("使用人", "Used by", refers_to="mall.members")] = None


class Line(Struct, frozen=True, kw_only=True):
    """The `number`-th thing that was said in a talk. `picture`: its address. `agent_id`: who answered; None: the person."""

    id: NumberId
    revision: Revision = 1
    key: Annotated[str, about("来源编号", "Key")]
    talk_id: Annotated[int, about("会话", "Talk", refers_to="mall.support-talks")]
    number: Annotated[int, about("序号", "Number")]
    user_id: Annotated[int, about("会员", "Member", refers_to="mall.members")] = 0  # whose talk it is
    agent_id: Annotated[int | None, about("客服", "Agent")] = None
    is_from_user: Annotated[bool, about("用户发送", "From the person")]
    kind: Annotated[LineKind, about("类型", "Kind", labels=KIND_LABELS)] = LineKind.TEXT
    text: Annotated[str, about("内容", "Content", "long_text")] = ""
    picture: Annotated[str, about("图片", "Picture", "picture")] = ""
    is_read: Annotated[bool, about("已读", "Read")] = False
    is_sent: Annotated[bool, about("已送达微信", "Taken by WeChat")] = True
    said_at: Annotated[datetime, about("时间", "Said at")]

    @property
    def shown(self) -> str:
        """In a line of a list."""
        return self.text[:SHOWN_CHARACTERS] if self.kind is LineKind.TEXT else "[图片]"

    def told(self) -> SupportSaid:
        """What operators are told at once."""
        return SupportSaid(talk_id=self.talk_id, number=self.number, user_id=self.user_id, text=self.shown, at=self.said_at)


class Talk(Struct, frozen=True, kw_only=True):
    """`user_id` is 0 of who is no member. `lines` counts what was said, by both."""

    id: NumberId
    revision: Revision = 1
    open_id: Annotated[str, about("OpenID", "OpenID")]
    user_id: Annotated[int, about("会员", "Member", refers_to="mall.members")] = 0
    state: Annotated[TalkState, about("状态", "State", labels=STATE_LABELS)] = TalkState.WAITING
    agent_id: Annotated[int | None, about("客服", "Agent", refers_to="mall.support-agents")] = None
    is_answered: Annotated[bool, about("已回复", "Answered")] = False
    lines: Annotated[int, about("消息数", "Messages")] = 0
    last: Annotated[str, about("最后消息", "Said last")] = ""
    replies_left: Annotated[int, about("剩余回复次数", "Replies left")] = 0
    replies_until: Annotated[datetime | None, about("可回复至", "Replies until")] = None
    began_at: Annotated[datetime, about("开始时间", "Began at")]
    said_at: Annotated[datetime, about("最后时间", "Said at")]

    def heard(self, line: Line) -> Talk:
        """They have said one more thing."""
        return self._with(line, is_answered=False, replies_left=MOST_REPLIES, replies_until=line.said_at + REPLIES_LAST)

    def answered(self, line: Line) -> Talk:
        """Raises RepliesSpent."""
        if not self.replies_left or self.replies_until is None or line.said_at >= self.replies_until:
            raise RepliesSpent()
        return self._with(line, is_answered=True, replies_left=self.replies_left - 1, replies_until=self.replies_until)

    def _with(self, line: Line, *, is_answered: bool, replies_left: int, replies_until: datetime | None) -> Talk:
        return replace(
            self,
            lines=line.number,
            last=line.shown,
            said_at=line.said_at,
            is_answered=is_answered,
            replies_left=replies_left,
            replies_until=replies_until,
            revision=self.revision + 1,
        )

    def received(self, agent_id: int) -> Talk:
        """Again by the same agent changes nothing. Raises TalkTaken."""
        if self.state is TalkState.SERVED and self.agent_id == agent_id:
            return self
        if self.state is not TalkState.WAITING:
            raise TalkTaken()
        return replace(self, state=TalkState.SERVED, agent_id=agent_id, revision=self.revision + 1)

    def finished(self) -> Talk:
        """Raises TalkTaken if it is done already."""
        if self.state is TalkState.DONE:
            raise TalkTaken()
        return replace(self, state=TalkState.DONE, revision=self.revision + 1)

    def is_for(self, agent_id: int) -> bool:
        """Whether the agent may read it: nobody has it yet, or they have."""
        return self.agent_id in (None, agent_id)


class Heard(Struct, frozen=True, kw_only=True):
    """What WeChat pushes of somebody. `key` is the same whenever the same is pushed again."""

    key: str
    open_id: str
    kind: LineKind
    text: str = ""
    picture: str = ""


class TalkQuery(Struct, frozen=True, kw_only=True):
    """Those that an agent may see, the last said first; None asks for any."""

    agent_id: int
    state: TalkState | None = None
    is_answered: bool | None = None


class Workload(Struct, frozen=True, kw_only=True):
    """How many wait for anybody; whom one agent serves, and has served."""

    waiting: int
    served: int
    done: int


class AgentStore(NounStore[Agent], Protocol):
    """Where agents are kept."""

    async def bind(self, agent: Agent) -> None:
        """Unless they are one."""

    async def unbind(self, user_id: int) -> bool: ...

    async def set_working(self, user_id: int, is_working: bool) -> bool:
        """False if they are no agent."""


class InvitationStore(NounStore[Invitation], Protocol):
    """Where invitations are kept."""

    async def take(self, ticket: str, user_id: int, now: datetime) -> bool:
        """Whether it was free to be taken, or that user had taken it: one conditional write."""


class TalkStore(NounStore[Talk], Protocol):
    """Where talks are kept."""

    async def take_turn(self, open_id: str, within: Transaction) -> None:
        """Of two transactions about one person at once, one is run again."""

    async def find_open(self, open_id: str, within: Transaction) -> Talk | None:
        """The one that is not done."""

    async def find_within(self, id: int, within: Transaction) -> Talk | None: ...

    async def page_talks(self, query: TalkQuery, page: PageQuery) -> Page[Talk]: ...

    async def count_workload(self, agent_id: int) -> Workload: ...


class LineStore(NounStore[Line], Protocol):
    """Where it is kept what was said."""

    async def find_by_key(self, key: str, within: Transaction) -> Line | None: ...

    async def page_lines(self, talk_id: int, page: PageQuery) -> Page[Line]:
        """The newest first."""

    async def mark_read(self, talk_id: int) -> None:
        """All that the person said."""

    async def mark_unsent(self, line_id: int) -> None: ...


class Messenger(Protocol):
    """Brings replies to people."""

    async def send_text(self, open_id: str, text: str) -> None:
        """Raises RepliesSpent and Unavailable."""

    async def send_picture(self, open_id: str, picture: bytes, media_type: str) -> None:
        """Raises RepliesSpent, PictureUnusable and Unavailable."""


class ReplyPicture(Struct, frozen=True):
    """One that can be sent. `address` is ours."""

    address: str
    content: bytes
    media_type: str


class ReplyPictures(Protocol):
    """Fetches what an agent wants to send."""

    async def get_picture(self, address: str) -> ReplyPicture:
        """Ours, or of the public web, made anew. Raises PictureUnusable and Unavailable."""


class SupportService:
    """Agents and their talks."""

    def __init__(
        self,
        agents: AgentStore,
        invitations: InvitationStore,
        talks: TalkStore,
        lines: LineStore,
        messenger: Messenger,
        pictures: ReplyPictures,
        users: UserService,
        people: People,
        transactions: Transactions,
        publisher: Publisher,
        clock: Clock,
    ):
        self._agents = agents
        self._invitations = invitations
        self._talks = talks
        self._lines = lines
        self._messenger = messenger
        self._pictures = pictures
        self._users = users
        self._people = people
        self._transactions = transactions
        self._publisher = publisher
        self._clock = clock

    # ---- agents

    async def bind(self, user: User, ticket: str) -> None:
        """An agent from now on. Raises InvitationWrong."""
        now = self._clock.now()
        if not await self._invitations.take(ticket, user.id, now):
            raise InvitationWrong()
        await self._agents.bind(Agent(id=user.id, bound_at=now))

    async def unbind(self, user: User) -> None:
        """Raises NotServing."""
        if not await self._agents.unbind(user.id):
            raise NotServing()

    async def find_agent(self, user: User) -> Agent | None:
        return await self._agents.find(user.id)

    async def set_working(self, user: User, is_working: bool) -> None:
        """Raises NotServing."""
        if not await self._agents.set_working(user.id, is_working):
            raise NotServing()

    async def count_workload(self, user: User) -> Workload:
        """Who waits for anybody, and their own. Raises NotServing."""
        await self._get_agent(user)
        return await self._talks.count_workload(user.id)

    # ---- talks

    async def page_talks(self, user: User, query: TalkQuery, page: PageQuery) -> Page[Named[Talk]]:
        """Raises NotServing."""
        await self._get_agent(user)
        found = await self._talks.page_talks(query, page)
        return await with_people(self._people, found, [one.user_id for one in found.items])

    async def page_lines(self, user: User, talk_id: int, page: PageQuery) -> Page[Line]:
        """The newest first. Raises NotServing and TalkMissing."""
        await self._get_readable(user, talk_id)
        return await self._lines.page_lines(talk_id, page)

    async def mark_read(self, user: User, talk_id: int) -> None:
        """Raises NotServing and TalkMissing."""
        await self._get_readable(user, talk_id)
        await self._lines.mark_read(talk_id)

    async def receive(self, user: User, talk_id: int) -> None:
        """One agent has it from now on. Raises NotServing, OffDuty, TalkMissing and TalkTaken."""
        agent = await self._get_agent(user)
        if not agent.is_working:
            raise OffDuty()

        async def work(within: Transaction) -> None:
            before = await self._talks.find_within(talk_id, within)
            if before is None:
                raise TalkMissing()
            after = before.received(user.id)
            if after is not before and not await self._talks.save(before, after, None, within):
                raise Contended()

        await self._transactions.run(work)

    async def reply(self, user: User, talk_id: int, text: str) -> None:
        """Raises InvalidInput, NotServing, TalkMissing, RepliesSpent and Unavailable."""
        text = text.strip()
        if not text:
            raise InvalidInput({"content": ["required"]})
        if len(text) > MOST_CHARACTERS:
            raise InvalidInput({"content": [f"too_long:{MOST_CHARACTERS}"]})
        talk, line = await self._note_reply(user, talk_id, LineKind.TEXT, text, "")
        await self._bring(line, self._messenger.send_text(talk.open_id, text))

    async def reply_picture(self, user: User, talk_id: int, address: str) -> None:
        """Raises NotServing, TalkMissing, RepliesSpent, PictureUnusable and Unavailable."""
        await self._get_own(user, talk_id)
        picture = await self._pictures.get_picture(address)
        talk, line = await self._note_reply(user, talk_id, LineKind.IMAGE, "", picture.address)
        await self._bring(line, self._messenger.send_picture(talk.open_id, picture.content, picture.media_type))

    async def hear(self, heard: Heard) -> bool:
        """Whether it is new: what was pushed before changes nothing. Everybody on duty is told, and operators."""
        identities = (f"wechat:{heard.open_id}", f"sandbox:{heard.open_id}")
        users = [await self._users.find_by_identity(one) for one in identities]
        user_id = next((user.id for user in users if user is not None), 0)
        talk_id, line_id = await self._talks.next_id(), await self._lines.next_id()

        async def work(within: Transaction) -> Line | None:
            await self._talks.take_turn(heard.open_id, within)
            if await self._lines.find_by_key(heard.key, within) is not None:
                return None
            now, before = self._clock.now(), await self._talks.find_open(heard.open_id, within)
            talk = before or Talk(id=talk_id, open_id=heard.open_id, user_id=user_id, began_at=now, said_at=now)
            line = Line(
                id=line_id,
                key=heard.key,
                talk_id=talk.id,
                number=talk.lines + 1,
                user_id=talk.user_id,
                is_from_user=True,
                kind=heard.kind,
                text=heard.text[:MOST_HEARD_CHARACTERS],
                picture=heard.picture,
                said_at=now,
            )
            if before is None:
                await self._talks.add(talk.heard(line), None, within)
            elif not await self._talks.save(before, before.heard(line), None, within):
                raise Contended()
            await self._lines.add(line, None, within)
            return line

        line = await self._transactions.run(work, (f"talk:{heard.open_id}",))
        if line is not None:
            self._publisher.publish(line.told())
        return line is not None

    async def _note_reply(self, user: User, talk_id: int, kind: LineKind, text: str, picture: str) -> tuple[Talk, Line]:
        """Written before it is sent, so that none is sent of which nobody knows, and no more than WeChat brings."""
        await self._get_agent(user)
        line_id = await self._lines.next_id()

        async def work(within: Transaction) -> tuple[Talk, Line]:
            before = await self._talks.find_within(talk_id, within)
            if before is None or before.agent_id != user.id or before.state is TalkState.DONE:
                raise TalkMissing()
            line = Line(
                id=line_id,
                key=f"reply:{line_id}",
                talk_id=talk_id,
                number=before.lines + 1,
                user_id=before.user_id,
                agent_id=user.id,
                is_from_user=False,
                kind=kind,
                text=text,
                picture=picture,
                is_read=True,
                said_at=self._clock.now(),
            )
            after = before.answered(line)
            if not await self._talks.save(before, after, None, within):
                raise Contended()
            await self._lines.add(line, None, within)
            return after, line

        return await self._transactions.run(work)

    async def _bring(self, line: Line, sending: Awaitable[None]) -> None:
        try:
            await sending
        except Exception:  # whatever kept it from being sent, the agent hears of it, and the line says so
            await self._lines.mark_unsent(line.id)
            raise

    async def _get_agent(self, user: User) -> Agent:
        found = await self._agents.find(user.id)
        if found is None:
            raise NotServing()
        return found

    async def _get_readable(self, user: User, talk_id: int) -> Talk:
        await self._get_agent(user)
        found = await self._talks.find(talk_id)
        if found is None or not found.is_for(user.id):
            raise TalkMissing()
        return found

    async def _get_own(self, user: User, talk_id: int) -> Talk:
        found = await self._get_readable(user, talk_id)
        if found.agent_id != user.id:
            raise TalkMissing()
        return found
