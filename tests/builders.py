"""Readable test data, written through the application's stores."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from server.bootstrap import Application
from server.domain.accounts.users import Role, User
from server.domain.auctions.goods import Lot, Terms
from server.domain.auctions.groups import Group

CATEGORY = "龙钞补号"


async def make_user(application: Application, nickname: str = "Alice", *, id: int | None = None, roles: Sequence[Role] = ()) -> User:
    """A user who can be signed in at once."""
    users = application.stores.users
    number = id or await users.next_id()
    await application.mongo.sequences.raise_to("users", number)
    user = User(
        id=number,
        nickname=nickname,
        avatar=f"https://pictures.example/{number}.png",
        identities=(f"sandbox:{nickname}",),
        roles=tuple(roles),
        created_at=application.clock.now(),
    )
    return await users.add_or_find(user)


async def make_group(
    application: Application,
    *,
    id: int | None = None,
    issue: int | None = None,
    starts_in: float = -3600,
    closes_in: float = 3600,
    start_at: datetime | None = None,
    end_at: datetime | None = None,
    categories: Sequence[str] = (CATEGORY,),
) -> Group:
    """A group without goods, in progress unless told otherwise. `starts_in` and `closes_in` in seconds from now."""
    groups, now = application.stores.groups, application.clock.now()
    number = id or await groups.next_id()
    await application.mongo.sequences.raise_to("groups", number)
    group = Group(
        id=number,
        issue=issue or number,
        start_at=start_at or now + timedelta(seconds=starts_in),
        end_at=end_at or now + timedelta(seconds=closes_in),
        categories=tuple(categories),
    )
    await groups.add_group(group)
    return group


async def make_goods(
    application: Application,
    group: Group | None = None,
    *,
    id: int | None = None,
    closes_in: float = 3600,
    sn: str = "U9T0069000",
    category: str = CATEGORY,
    score: str = " 67E",
    sn_no: str = "豹子号",
    low_price: int = 20000,
    top_price: int = 40000,
    step: int = 1,
    extend_window_seconds: int = 60,
    extend_limit_seconds: int = 600,
) -> Lot:
    """Goods nobody has bid on; without a group they get one of their own that ends in `closes_in` seconds."""
    group = group or await make_group(application, closes_in=closes_in)
    lots = application.stores.lots
    number = id or (await lots.next_ids(1))[0]
    await application.mongo.sequences.raise_to("goods", number)
    terms = Terms(
        id=number,
        group_id=group.id,
        sn=sn,
        category=category,
        score=score,
        sn_no=sn_no,
        low_price=low_price,
        top_price=top_price,
        step=step,
        extend_window_seconds=extend_window_seconds,
        position=number,
    )
    lot = Lot.opened(
        terms,
        start_at=group.start_at,
        end_at=group.end_at,
        extend_limit=timedelta(seconds=extend_limit_seconds),
        now=application.clock.now(),
    )
    await lots.add_lots([lot])
    return lot


async def start_participations_at(application: Application, number: int) -> None:
    """The next participation gets that number, if it is higher than any before."""
    await application.mongo.sequences.raise_to("participations", number - 1)
