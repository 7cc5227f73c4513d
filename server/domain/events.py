"""What happened: sent to listeners after it was made durable."""
from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from server.domain.auctions.goods import LotState
from server.domain.auctions.groups import Group
from server.domain.auctions.record import Intervention


class BidNews(Struct, frozen=True, kw_only=True):
    """What may be told of an accepted bid. `latency_ms`: from arrival to durable, as its worker measured."""

    seq: int
    user_id: int
    participation_id: int
    nickname: str
    price: int
    is_proxy: bool
    arrived_at: datetime
    outbid_user_id: int | None
    outbid_price: int | None
    intervention: Intervention | None = None
    worker: str
    request_id: str
    latency_ms: float | None = None


class LotChanged(Struct, frozen=True, kw_only=True, tag="lot"):
    """A lot has a new state; `bids` are the newest accepted ones, in order, without gaps.

    `previous` is what listeners of the same process heard last; set by the floor. `ceiling` is for the leader alone.
    """

    state: LotState
    ceiling: int = 0
    bids: tuple[BidNews, ...] = ()
    previous: LotState | None = None


class LotAnnounced(Struct, frozen=True, kw_only=True, tag="announced"):
    """A lot's winner and losers are fixed. `seq` is the lot's last bid, `at` when they were told."""

    goods_id: int
    group_id: int
    seq: int
    price: int
    winner_id: int | None
    loser_ids: tuple[int, ...]
    at: datetime
    withdrawn_because: str | None = None  # nobody has won or lost


class SaleNews(Struct, frozen=True, kw_only=True, tag="news"):
    """After the sale one user is told of a step of a settlement or a second offer: the `number`-th of that thing.

    `step` is the state that it has reached, `until` when something is to be done about it, `goods_id` the lot or the first of them.
    """

    id: str  # about-thing_id:number
    user_id: int
    about: Literal["settlement", "second_offer"]
    thing_id: int
    number: int
    step: str
    group_id: int
    goods_id: int
    amount: int  # fen
    until: datetime | None
    at: datetime


class QueueMoved(Struct, frozen=True, kw_only=True, tag="queue"):
    """A queue gave out a number, called one, or was changed. `version` grows with each; `status` as the mall numbers it."""

    queue_id: int
    version: int
    name: str
    round: int
    current: int
    given: int
    minutes: int
    status: int


class SupportSaid(Struct, frozen=True, kw_only=True, tag="support"):
    """Somebody has written to the shop: the `number`-th thing that was said in that talk. `user_id` is 0 of who is no member."""

    talk_id: int
    number: int
    user_id: int
    text: str
    at: datetime


class GroupChanged(Struct, frozen=True, kw_only=True, tag="group"):
    """A group began, was extended or ended."""

    group: Group


class BidWasRefused(Struct, frozen=True, kw_only=True, tag="refused"):
    """An offer was refused; told to operators. `number` counts its worker's refusals without gaps."""

    number: int
    goods_id: int
    group_id: int
    user_id: int
    nickname: str
    price: int
    reason: str
    arrived_at: datetime
    worker: str
    request_id: str
    latency_ms: float


class UserSessionsEnded(Struct, frozen=True, kw_only=True, tag="sessions"):
    """Access tokens of a user stopped being valid: those of one login, or all but of the one kept; `is_banned` closes their sockets."""

    user_id: int
    login_id: str | None = None
    kept_login_id: str | None = None
    is_banned: bool = False

    def ends(self, login_id: str | None) -> bool:
        """Whether that login of the user is among them."""
        return login_id == self.login_id if self.login_id is not None else login_id != self.kept_login_id


class TokensChanged(Struct, frozen=True, kw_only=True, tag="tokens"):
    """A token of that user was followed by another, or ended without being told: whoever relies on one asks how it stands."""

    user_id: int


class WatchlistChanged(Struct, frozen=True, kw_only=True, tag="watchlist"):
    """A user has put a lot on their watch list, or taken it off."""

    user_id: int
    goods_id: int
    is_watched: bool


class ListenersCounted(Struct, frozen=True, kw_only=True, tag="listeners"):
    """One process's connections, and how many of them look at each lot; lots nobody looks at are left out. `late_ms`: how late it runs."""

    worker: str
    sockets: int
    watchers: dict[int, int]
    late_ms: int = 0


class FloorStale(Struct, frozen=True, kw_only=True, tag="stale"):
    """This process cannot reach the database, so prices may be old; or it can again. Not sent to other processes."""

    is_stale: bool


Event = (
    FloorStale
    | ListenersCounted
    | LotChanged
    | LotAnnounced
    | SaleNews
    | QueueMoved
    | SupportSaid
    | GroupChanged
    | BidWasRefused
    | UserSessionsEnded
    | TokensChanged
    | WatchlistChanged
)


class Publisher(Protocol):
    """Tells this process's listeners and those of all others; never waits and never fails: what is lost is found by a look."""

    def publish(self, event: Event) -> None: ...
