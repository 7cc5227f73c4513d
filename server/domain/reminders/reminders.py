"""One reminder: what it is about, whether it is still worth a word, and what became of it."""
from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, NamedTuple, Protocol

from msgspec import Struct

from server.domain.auctions.goods import Lot, LotStatus
from server.domain.nouns import NounStore, Revision, about
from server.domain.reminders.quiet import QuietHours

ENDING_BEFORE = timedelta(minutes=10)  # an ending is told so long before
LOOK_AGAIN = timedelta(seconds=30)  # at a lot that is paused
OLD_NEWS = timedelta(days=1)  # a sale that was won longer ago is no news


class Kind(str, Enum):
    """What a reminder is about."""

    OUTBID = "outbid"
    ENDING = "ending"
    WON = "won"


class State(str, Enum):
    """What became of it. `unknown`: it was handed over, and nobody heard whether it arrived; it is not sent again."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class Because(str, Enum):
    """Why it waits, or was not sent."""

    NONE = ""
    NO_GRANT = "no_grant"
    NO_WECHAT = "no_wechat"
    LEADS_AGAIN = "leads_again"
    BID_AGAIN = "bid_again"
    TAKEN_BACK = "taken_back"
    ENDED = "ended"
    PAUSED = "paused"
    POSTPONED = "postponed"
    QUIET = "quiet"
    OLD = "old"
    QUOTA = "quota"
    AWAY = "away"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"


KINDS = {Kind.OUTBID: ("出价被超过", "Outbid"), Kind.ENDING: ("即将结束", "Ending soon"), Kind.WON: ("竞得", "Won")}
STATES = {
    State.WAITING: ("待发送", "Waiting"),
    State.SENDING: ("发送中", "Being sent"),
    State.SENT: ("已发送", "Sent"),
    State.NOT_SENT: ("未发送", "Not sent"),
    State.UNKNOWN: ("结果不明", "Not known"),
}
REASONS = {
    Because.NONE: ("无", "None"),
    Because.NO_GRANT: ("没有可用的订阅授权", "No grant is left"),
    Because.NO_WECHAT: ("没有绑定微信", "Has no WeChat"),
    Because.LEADS_AGAIN: ("已重新领先", "Leads again"),
    Because.BID_AGAIN: ("之后又出过价", "Has bid again since"),
    Because.TAKEN_BACK: ("出价或成交已撤销", "The bid or the sale was taken back"),
    Because.ENDED: ("拍品已结束", "The lot has ended"),
    Because.PAUSED: ("拍品暂停中", "The lot is paused"),
    Because.POSTPONED: ("结束时间已推迟", "The end was moved"),
    Because.QUIET: ("免打扰时段", "Quiet hours"),
    Because.OLD: ("已过时", "No news any more"),
    Because.QUOTA: ("微信当日额度已用完", "WeChat's quota of the day is used up"),
    Because.AWAY: ("微信暂时无法送达", "WeChat does not take it now"),
    Because.REFUSED: ("微信拒绝发送", "WeChat refuses it"),
    Because.NO_ANSWER: ("微信没有答复", "WeChat did not answer"),
}


class Reminder(Struct, frozen=True, kw_only=True):
    """`id` is the event's: there is one reminder of it, whoever notices it how often. `seq`: the bid that was beaten."""

    id: Annotated[str, about("编号", "Id")]
    revision: Revision = 1
    kind: Annotated[Kind, about("类型", "Kind", labels=KINDS)]
    user_id: Annotated[int, about("用户编号", "User")]
    goods_id: Annotated[int, about("拍品编号", "Goods")]
    sn: Annotated[str, about("冠号", "Serial number")]
    seq: Annotated[int, about("出价序号", "Bid")] = 0
    state: Annotated[State, about("状态", "State", labels=STATES)] = State.WAITING
    because: Annotated[Because, about("原因", "Why", labels=REASONS)] = Because.NONE
    noticed_at: Annotated[datetime, about("事件时间", "Noticed at")]
    due_at: Annotated[datetime, about("下次发送时间", "Due at")]
    sent_at: Annotated[datetime | None, about("交付时间", "Handed over at")] = None
    tries: Annotated[int, about("尝试次数", "Tries")] = 0
    answer: Annotated[str, about("微信答复", "WeChat's answer")] = ""

    @classmethod
    def outbid(cls, lot: Lot, user_id: int, seq: int, beaten_at: datetime, now: datetime) -> Reminder:
        id = cls.outbid_id(lot.id, user_id, seq)
        return cls(id=id, kind=Kind.OUTBID, user_id=user_id, goods_id=lot.id, sn=lot.sn, seq=seq, noticed_at=beaten_at, due_at=now)

    @staticmethod
    def outbid_id(goods_id: int, user_id: int, seq: int) -> str:
        """Of that user's bid being beaten."""
        return f"{Kind.OUTBID.value}:{goods_id}:{user_id}:{seq}"

    @classmethod
    def of_lot(cls, kind: Kind, lot: Lot, user_id: int, now: datetime) -> Reminder:
        """Of what happens to a lot once."""
        id = f"{kind.value}:{lot.id}:{user_id}"
        return cls(id=id, kind=kind, user_id=user_id, goods_id=lot.id, sn=lot.sn, noticed_at=now, due_at=now)


class Verdict(NamedTuple):
    """On a reminder that is due. With `until` it waits; else it is told, or over for the reason."""

    because: Because = Because.NONE
    until: datetime | None = None

    @property
    def is_good(self) -> bool:
        return self.because is Because.NONE


def judge(reminder: Reminder, lot: Lot, quiet: QuietHours | None, now: datetime) -> Verdict:
    """Whether it is to be told now, by how the lot stands."""
    over = _why_over(reminder, lot, now)
    if over is not None:
        return Verdict(over)
    if quiet is not None and quiet.has(now):
        return Verdict(Because.QUIET, quiet.end_after(now))
    if reminder.kind is Kind.WON:
        return Verdict()
    if lot.paused_at is not None:
        return Verdict(Because.PAUSED, now + LOOK_AGAIN)
    if reminder.kind is Kind.ENDING and lot.end_at - now > ENDING_BEFORE:
        return Verdict(Because.POSTPONED, lot.end_at - ENDING_BEFORE)
    return Verdict()


def _why_over(reminder: Reminder, lot: Lot, now: datetime) -> Because | None:
    leads = lot.leader_id == reminder.user_id
    if reminder.kind is Kind.WON:
        if lot.status is not LotStatus.WON or not leads:
            return Because.TAKEN_BACK
        return Because.OLD if now - reminder.noticed_at > OLD_NEWS else None
    if lot.state.status_at(now) is not LotStatus.OPEN:
        return Because.ENDED
    if reminder.kind is Kind.ENDING:
        return None
    if leads:
        return Because.LEADS_AGAIN
    return None if lot.stands(reminder.seq) else Because.TAKEN_BACK


class ReminderStore(NounStore[Reminder], Protocol):
    """The outbox: reminders that wait, and what became of the others. `save` succeeds for one of those who try at once."""

    async def add_new(self, reminders: list[Reminder]) -> list[Reminder]:
        """Adds those whose event has none yet, and gives them."""

    async def list_unknown(self, ids: Collection[str]) -> list[str]:
        """Those of them that are ids of no reminder."""

    async def replace_older(self, reminder: Reminder) -> None:
        """Those that wait and are about an earlier bid of that user on that lot are not sent any more."""

    async def list_due(self, now: datetime, limit: int) -> list[Reminder]:
        """Those that wait and whose time has come, in that order."""

    async def list_handed_over(self, before: datetime) -> list[Reminder]:
        """Those whose sending began before that moment and has no end."""


class WonLotStore(Protocol):
    """Where it is seen what was won."""

    async def list_won(self, ended_after: datetime) -> list[Lot]:
        """What was won in the groups that ended after that moment."""


class TurnStore(Protocol):
    """Whose turn it is to see to reminders."""

    async def take_turn(self, worker: str, now: datetime, until: datetime) -> bool:
        """Whether it is this process's, until then: nobody else's time goes on."""

    async def give_up_turn(self, worker: str) -> None: ...
