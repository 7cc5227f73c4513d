"""The staff's side of customer service: whom it invites as agents, and what is said."""
from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.mall.community.support import Agent, Invitation, Line, Talk, TalkStore, TalkTaken
from server.domain.nouns import Action, Id, Noun, NounService, Rules, about

INVITATION_LIFE = timedelta(days=1)


class InvitationTerms(Struct, frozen=True, kw_only=True):
    remark: Annotated[str, Meta(max_length=200), about("说明", "Remark")] = ""


class InvitationRules(Rules[Invitation]):
    """An invitation is good for a day."""

    def __init__(self, clock: Clock):
        self._clock = clock

    async def make(self, noun: Noun[Invitation], id: str, terms: InvitationTerms, before: Invitation | None) -> Invitation:
        return Invitation(id=id, remark=terms.remark, good_until=self._clock.now() + INVITATION_LIFE)


class TalkDesk(NounService[Talk]):
    """The staff's work on talks."""

    def __init__(self, talks: TalkStore, clock: Clock):
        super().__init__(SUPPORT_TALKS, talks, clock)

    async def finish_talk(self, talk_id: Id, cause: Reason) -> Talk:
        """What they write next begins another. Raises NotFound, TalkTaken and ChangedMeanwhile."""

        async def finish(before: Talk) -> Talk:
            return before.finished()

        return await self.act(talk_id, "finish", cause, finish)


SUPPORT_INVITATIONS = Noun(
    area="mall",
    name="support-invitations",
    zh="客服邀请",
    en="Invitations of agents",
    made=Invitation,
    new=InvitationTerms,
    id=str,
    label="id",
    searched=("remark",),
    sorted=("good_until",),
    order=("-good_until",),
)

SUPPORT_AGENTS = Noun(
    area="mall",
    name="support-agents",
    zh="客服人员",
    en="Agents",
    made=Agent,
    label="id",
    searched=(),
    sorted=("id", "bound_at"),
    filtered=("is_working",),
)

SUPPORT_TALKS = Noun(
    area="mall",
    name="support-talks",
    zh="客服会话",
    en="Talks",
    made=Talk,
    label="last",
    searched=("last", "open_id"),
    sorted=("id", "said_at", "began_at"),
    filtered=("state", "agent_id", "user_id", "is_answered", "said_at"),
    order=("-said_at",),
    is_kept=True,
    raises=(TalkTaken,),
    actions=(Action("finish", "结束接待", "Finish", TalkDesk.finish_talk),),
)

SUPPORT_LINES = Noun(
    area="mall",
    name="support-lines",
    zh="客服消息",
    en="What is said to the shop",
    made=Line,
    label="text",
    searched=("text",),
    sorted=("id", "said_at"),
    filtered=("talk_id", "is_from_user", "is_read", "said_at"),
    order=("-id",),
    is_kept=True,
)
