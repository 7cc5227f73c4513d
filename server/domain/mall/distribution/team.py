"""A distributor's people: whom they brought, and whom these brought; and the teams and cities that the staff makes of distributors."""
from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.domain.accounts.users import User
from server.domain.errors import Conflict, NotFound
from server.domain.mall.categories import Name
from server.domain.mall.distribution.sellers import SellerStore
from server.domain.mall.ledger import Wallet
from server.domain.mall.members import Member
from server.domain.nouns import NumberId, Revision, about
from server.domain.paging import Page, PageQuery

MOST_FANS = 10_000  # of a level, that are looked through
MOST_UP = 50  # members above one, until the chain is taken for endless


class NotYours(NotFound):
    """They are none of the caller's people."""


class AlreadyBrought(Conflict):
    """Somebody else brought them, or they brought that person."""


class Fan(Struct, frozen=True, kw_only=True):
    """Somebody of the caller's people."""

    member: Member
    user: User
    level: int
    wallet: Wallet
    is_seller: bool


class Brought(Protocol):
    """Members, by who brought them."""

    async def find_member(self, user_id: int) -> Member | None: ...

    async def list_brought(self, referrer_ids: Collection[int]) -> list[Member]:
        """By any of these, the newest first."""

    async def bind_referrer(self, user_id: int, referrer_id: int) -> bool:
        """False if somebody is bound already."""


class People(Protocol):
    async def find_users(self, user_ids: Collection[int]) -> dict[int, User]: ...


class Wallets(Protocol):
    async def find_wallets(self, user_ids: list[int]) -> dict[int, Wallet]: ...


class FanQuery(Struct, frozen=True, kw_only=True):
    """Which of the caller's people; None asks for any."""

    level: int = 1
    user_id: int | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None

    def fits(self, member: Member) -> bool:
        is_person = self.user_id is None or member.id == self.user_id
        is_since = self.first_at is None or member.joined_at >= self.first_at
        return is_person and is_since and (self.last_at is None or member.joined_at <= self.last_at)


class TeamService:
    """Looks at a distributor's people, and keeps who brought whom."""

    def __init__(self, members: Brought, people: People, wallets: Wallets, sellers: SellerStore):
        self._members = members
        self._people = people
        self._wallets = wallets
        self._sellers = sellers

    async def bind(self, user_id: int, referrer_id: int) -> None:
        """From now on that member brought the caller; who was brought before keeps who did. Raises NotYours and AlreadyBrought."""
        if referrer_id == user_id or await self._members.find_member(referrer_id) is None:
            raise NotYours("member")
        above: int | None = referrer_id
        for _ in range(MOST_UP):
            member = None if above is None else await self._members.find_member(above)
            above = None if member is None else member.referrer_id
            if above == user_id:
                raise AlreadyBrought()
        if not await self._members.bind_referrer(user_id, referrer_id):
            known = await self._members.find_member(user_id)
            if known is None or known.referrer_id != referrer_id:
                raise AlreadyBrought()

    async def count_fans(self, seller_id: int) -> tuple[int, int]:
        """By level."""
        return len(await self._list(seller_id, 1)), len(await self._list(seller_id, 2))

    async def page_fans(self, seller_id: int, query: FanQuery, page: PageQuery) -> Page[Fan]:
        """The newest first."""
        found = [member for member in await self._list(seller_id, query.level) if query.fits(member)]
        return Page(page.number, await self._show(found[page.offset : page.offset + page.size], query.level), len(found))

    async def get_fan(self, seller_id: int, user_id: int) -> Fan:
        """Raises NotYours."""
        member = await self._members.find_member(user_id)
        referrer = None if member is None or member.referrer_id is None else await self._members.find_member(member.referrer_id)
        if member is None or referrer is None or seller_id not in (referrer.id, referrer.referrer_id):
            raise NotYours("member")
        [fan] = await self._show([member], 1 if referrer.id == seller_id else 2)
        return fan

    async def find_people(self, user_ids: Collection[int]) -> dict[int, User]:
        return await self._people.find_users(user_ids)

    async def _list(self, seller_id: int, level: int) -> list[Member]:
        first = await self._members.list_brought([seller_id])
        if level == 1:
            return first[:MOST_FANS]
        second = await self._members.list_brought([member.id for member in first[:MOST_FANS]])
        return [member for member in second if member.id != seller_id][:MOST_FANS]

    async def _show(self, members: Sequence[Member], level: int) -> list[Fan]:
        ids = [member.id for member in members]
        people, wallets, sellers = (
            await self._people.find_users(ids), await self._wallets.find_wallets(ids), await self._sellers.find_sellers(ids)
        )
        return [
            Fan(
                member=member,
                user=people[member.id],
                level=level,
                wallet=wallets.get(member.id, Wallet(id=member.id)),
                is_seller=member.id in sellers and sellers[member.id].is_active,
            )
            for member in members
            if member.id in people
        ]


# ---- teams and cities


Goal = Annotated[int, Meta(ge=0, le=10**13)]
UserId = Annotated[int, Meta(ge=1, le=2**53 - 1)]
RegionId = Annotated[str, Meta(pattern=r"^([0-9]{12})?$")]


class SellerTeamTerms(Struct, frozen=True, kw_only=True):
    """Distributors are put into it one by one."""

    name: Annotated[Name, about("名称", "Name")]
    leader_id: Annotated[UserId, about("队长", "Leader", refers_to="mall.members")]
    deputy_id: Annotated[UserId | None, about("副队长", "Deputy", refers_to="mall.members")] = None
    goal: Annotated[Goal, about("月销售目标", "Sales a month", "money")] = 0


class SellerTeam(SellerTeamTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0


class SellerCityTerms(Struct, frozen=True, kw_only=True):
    """Who is partner for a province, or a city of it."""

    user_id: Annotated[UserId, about("合伙人", "Partner", refers_to="mall.members")]
    province_id: Annotated[Annotated[str, Meta(pattern=r"^[0-9]{12}$")], about("省份编号", "Province")]
    province: Annotated[Name, about("省份", "Province's name")]
    city_id: Annotated[RegionId, about("城市编号", "City")] = ""
    city: Annotated[Annotated[str, Meta(max_length=64)], about("城市", "City's name")] = ""
    goal: Annotated[Goal, about("月销售目标", "Sales a month", "money")] = 0


class SellerCity(SellerCityTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0


class Month(Struct, frozen=True):
    """What was sold in one, yyyyMM."""

    month: str
    sold: int


class TeamStore(Protocol):
    """Where teams and cities are kept."""

    async def find_team(self, team_id: int) -> SellerTeam | None: ...

    async def list_cities(self, user_id: int) -> list[SellerCity]: ...


class SalesBooks(Protocol):
    """Sales by month, the newest first."""

    async def list_team_months(self, team_id: int, first_at: datetime) -> list[Month]: ...

    async def list_city_months(self, province_id: str, city_id: str, first_at: datetime) -> list[Month]: ...


class ReportService:
    """What teams and cities sold, for who answers for them."""

    def __init__(self, teams: TeamStore, books: SalesBooks):
        self._teams = teams
        self._books = books

    async def find_team(self, team_id: int) -> SellerTeam | None:
        return await self._teams.find_team(team_id) if team_id else None

    async def list_cities(self, user_id: int) -> list[SellerCity]:
        return await self._teams.list_cities(user_id)

    async def sum_team(self, team_id: int, first_at: datetime) -> int:
        return sum(month.sold for month in await self._books.list_team_months(team_id, first_at))

    async def sum_city(self, city: SellerCity, first_at: datetime) -> int:
        return sum(month.sold for month in await self._books.list_city_months(city.province_id, city.city_id, first_at))

    async def report_team(self, user_id: int, team_id: int, first_at: datetime) -> tuple[SellerTeam, list[Month]]:
        """For its leader and deputy. Raises NotYours."""
        team = await self._teams.find_team(team_id)
        if team is None or user_id not in (team.leader_id, team.deputy_id):
            raise NotYours("team")
        return team, await self._books.list_team_months(team_id, first_at)

    async def report_city(self, user_id: int, province_id: str, city_id: str, first_at: datetime) -> tuple[SellerCity, list[Month]]:
        """For its partner. Raises NotYours."""
        mine = [one for one in await self._teams.list_cities(user_id) if (one.province_id, one.city_id) == (province_id, city_id)]
        if not mine:
            raise NotYours("city")
        return mine[0], await self._books.list_city_months(province_id, city_id, first_at)
