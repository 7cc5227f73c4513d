"""Readable test data, written through the application's stores."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from server.bootstrap import Application
from server.domain.accounts.users import Role, User
from server.domain.auctions.chain import new_lot
from server.domain.auctions.goods import Lot, Terms
from server.domain.auctions.groups import Group
from server.domain.auctions.imports import LOTS_AT_ONCE
from server.storage.mongo import to_document

CATEGORY = "龙钞补号"


@dataclass(frozen=True, kw_only=True)
class Goods:
    """Goods to put into a group; without an id they get the next one."""

    id: int | None = None
    sn: str = "U9T0069000"
    category: str = CATEGORY
    score: str = " 67E"
    sn_no: str = "豹子号"
    low_price: int = 20000
    top_price: int = 40000
    step: int = 1
    extend_window_seconds: int = 60
    extend_limit: timedelta = timedelta(minutes=10)
    pictures: tuple[str, ...] = ()


async def make_user(application: Application, nickname: str = "Alice", *, id: int | None = None, roles: Sequence[Role] = ()) -> User:
    """A user who can be signed in at once."""
    users = application.stores.accounts.users
    if id is not None:
        await application.mongo.sequences.raise_to("users", id)
    number = id or await users.next_id()
    user = User(
        id=number,
        nickname=nickname,
        avatar=f"https://pictures.example/{number}.png",
        identities=(f"sandbox:{nickname}",),
        roles=tuple(roles),
        created_at=application.clock.now(),
    )
    return await users.add_or_find(user)


async def make_users(application: Application, count: int) -> list[User]:
    """As many as a crowd has, at once."""
    first = await make_user(application, "crowd")
    await application.mongo.sequences.raise_to("users", first.id + count)
    names = [f"crowd {number}" for number in range(1, count)]
    others = [replace(first, id=first.id + number, nickname=name, identities=(f"sandbox:{name}",)) for number, name in enumerate(names, 1)]
    await application.mongo.database.users.insert_many([to_document(user) for user in others])
    return [first, *others]


async def make_group(
    application: Application,
    *goods: Goods,
    id: int | None = None,
    issue: int | None = None,
    starts_in: float = -3600,
    closes_in: float = 3600,
    start_at: datetime | None = None,
    end_at: datetime | None = None,
    is_seen: bool = True,
) -> Group:
    """A group with these goods, else with one; in progress unless told otherwise. `starts_in` and `closes_in` in seconds.

    `is_seen`: the application has looked at it, as it does every second.
    """
    stores, now = application.stores.auctions, application.clock.now()
    goods = goods or (Goods(),)
    number = id or await stores.groups.next_id()
    await application.mongo.sequences.raise_to("groups", number)
    group = Group(
        id=number,
        issue=issue or number,
        start_at=start_at or now + timedelta(seconds=starts_in),
        end_at=end_at or now + timedelta(seconds=closes_in),
        categories=tuple(dict.fromkeys(one.category for one in goods)),
    )
    # The group comes last: who sees it finds its goods.
    lots = [await _open_lot(application, one, group, place) for place, one in enumerate(goods)]
    for start in range(0, len(lots), LOTS_AT_ONCE):  # as an import writes them
        await stores.lots.add_lots(lots[start : start + LOTS_AT_ONCE])
    # From now on, as imports do: by its end, one that is over would be swept as what an import that died has left.
    await stores.groups.prepare_group(group, now + timedelta(hours=1))
    await stores.groups.open_group(group.id)
    if is_seen:
        await application.auctions.looks.look()
    return group


async def make_goods(
    application: Application, *, starts_in: float = -3600, closes_in: float = 3600, is_seen: bool = True, **about: Any
) -> Lot:
    """Goods nobody has bid on, alone in a group of their own; `about` as in Goods."""
    group = await make_group(application, Goods(**about), starts_in=starts_in, closes_in=closes_in, is_seen=is_seen)
    return (await application.stores.auctions.lots.list_lots(group.id))[0]


async def skip_participations_to(application: Application, number: int) -> None:
    """The next participation gets that number, which must be at least two above the last one's."""
    while await application.stores.auctions.participations.next_id() < number - 1:
        pass


async def _open_lot(application: Application, goods: Goods, group: Group, place: int) -> Lot:
    about = asdict(goods)
    extend_limit = about.pop("extend_limit")
    about["id"] = goods.id or (await application.stores.auctions.lots.next_ids(1))[0]
    await application.mongo.sequences.raise_to("goods", about["id"])
    terms = Terms(group_id=group.id, position=place, **about)
    now = application.clock.now()
    return new_lot(terms, start_at=group.start_at, end_at=group.end_at, extend_limit=extend_limit, now=now)
