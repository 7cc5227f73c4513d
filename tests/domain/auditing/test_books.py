"""The audit of books that never ends: every part of it turns red for all processes when a record is broken, and green when it is mended."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

from server.composition.auditing import build_auditing
from server.domain.accounts.users import Role, User
from server.domain.auditing.books import Books, BookStandings, BooksWalk, BooksWatch
from server.domain.auditing.slices import Slices
from server.domain.auditing.standings import Standings
from server.domain.errors import Unavailable
from server.domain.mall.audit import MallAudit
from server.domain.mall.ledger import Cause, Posting, Sums
from tests.api import Api
from tests.builders import Goods, make_group, make_user
from tests.clock import NOON, HandClock
from tests.realtime.listening import Listener

WHOLE_TIME = 1.0


async def walk_once(api: Api) -> None:
    """All that the rounds do in an hour, without the rests."""
    books = api.application.auditing.books
    await api.application.auctions.watch.look()  # it decides who walks
    books._begins_at = 0.0
    await books.look()
    for rounds in books._walking:
        await rounds.stop()
    for walk in books._walks:
        walk._books.slices = Slices(WHOLE_TIME)
        await walk.walk()
    await books.look()


async def red_parts(api: Api, operator: User) -> dict[str, list[tuple[str, str]]]:
    parts = (await api.get("/api/ops/audit", as_user=operator)).json["data"]
    assert [part["name"] for part in parts] == ["lots", "published", "aftersale", "mall"]
    told = {part["name"]: [(one["about"], one["problem"]) for one in part["findings"]] for part in parts}
    assert [part["state"] for part in parts] == ["red" if part["finding_count"] else "green" for part in parts]
    metrics = api.application.metrics.render().decode()
    for part in parts:
        assert f'auction_audit_findings{{part="{part["name"]}",worker="0"}} {float(part["finding_count"])}' in metrics
    return {name: findings for name, findings in told.items() if findings}


async def test_a_broken_ledger_and_a_broken_head_turn_it_red_and_are_told_everywhere(api: Api, clock: HandClock) -> None:
    application, database = api.application, api.application.mongo.database
    operator = await make_user(application, "op", roles=[Role.OPERATOR])
    assert (await api.get("/api/ops/audit")).status == 401
    group = await make_group(application, Goods(id=145), Goods(id=146), closes_in=60)
    alice = await make_user(application, "Alice")
    await api.bid(alice, await application.stores.auctions.lots.get_lot(145), 20000)
    clock.advance(seconds=62)
    await api.wait_until_ended(group.id)
    await application.aftersale.maker.make_due()
    ledger = application.services.mall.ledger
    for number in range(3):
        await ledger.post(Posting(user_id=alice.id, cause=Cause.SIGN_IN, key=f"test:{number}", change=Sums(points=5)))
    await application.auditing.books.stop()
    await application.auctions.watch.stop()
    await walk_once(api)
    assert await red_parts(api, operator) == {} and application.auditing.standings.is_clean()

    await database.mall_entries.update_one({"user_id": alice.id, "seq": 2}, {"$set": {"change.points": 500}})
    forged = await database.published_heads.find_one({"_id": 146})
    assert forged is not None
    other = {"$set": {"signed.statement": forged["signed"]["statement"].replace('"goods_id":146', '"goods_id":145')}}
    await database.published_heads.update_one({"_id": 146}, other)
    await database.sold_lots.delete_one({"_id": 145})
    await walk_once(api)
    red = await red_parts(api, operator)
    assert red["mall"] == [(f"wallet {alice.id} entry 2", "does not say what the purses held after it")]
    assert ("lot 146", "is published with what is no head of it") in red["published"]
    assert [about for about, _ in red["aftersale"]] == ["lot 145"] and red.keys() == {"published", "aftersale", "mall"}
    assert not application.auditing.standings.is_clean()
    listener = await Listener.open(api.url)
    assert (await listener.ask("auth", token=api.token_of(operator)))["ok"]
    await listener.ask("subscribe", channel="ops")
    assert (await listener.until(lambda event: event["type"] == "stats"))["audit"] == "red"
    await listener.close()

    await database.mall_entries.update_one({"user_id": alice.id, "seq": 2}, {"$set": {"change.points": 5}})
    await walk_once(api)
    assert (await red_parts(api, operator)).keys() == {"published", "aftersale"}

    # another process knows it by what is written, and goes on after it where this one is gone
    other_process = build_auditing(application.stores, application.auctions.watch, application.ground)
    other_process.books._is_walker = lambda: False
    await other_process.books.look()
    assert other_process.books.parts == application.auditing.books.parts
    assert [part.passes for part in other_process.books.parts] == [3, 3, 3]
    assert not other_process.standings.is_clean()

    # what cannot be read at all is red too, and stops no other part
    await database.mall_entries.update_one({"user_id": alice.id, "seq": 1}, {"$set": {"change": "nothing"}})
    await walk_once(api)
    assert "cannot be read" in (await red_parts(api, operator))["mall"][0][1]


class KeptStandings:
    """A book of standings that is kept nowhere."""

    def __init__(self) -> None:
        self.kept: BookStandings | None = None

    async def read_book_standings(self) -> BookStandings | None:
        return self.kept

    async def save_book_standings(self, standings: BookStandings) -> None:
        self.kept = standings


async def test_what_is_found_is_told_at_once_and_stays_until_a_whole_walk_found_nothing(clock: HandClock) -> None:
    found: list[Any] = []

    async def audit(audit: MallAudit) -> None:
        for about in plan:
            if about is None:
                found.append(walk.standing)
                raise Unavailable("database")
            audit.note(about, "is wrong")
            found.append(walk.standing)

    walk = BooksWalk(Books("mall", MallAudit, audit, WHOLE_TIME), clock)
    plan: list[str | None] = ["wallet 1", "wallet 2"]
    await walk.walk()
    assert [one.finding_count for one in found] == [1, 2] and walk.standing.passes == 1
    plan = ["wallet 2", None]
    clock.advance(hours=1)
    try:
        await walk.walk()
    except Unavailable:
        pass
    assert [one.about for one in walk.standing.findings] == ["wallet 1", "wallet 2"]
    assert (walk.standing.passes, walk.standing.looked_at) == (1, NOON)
    plan = []
    await walk.walk()
    assert (walk.standing.finding_count, walk.standing.findings, walk.standing.passes) == (0, (), 2)
    assert walk.standing.looked_at == NOON + timedelta(hours=1)


async def test_one_process_walks_and_its_walk_ends_with_it(clock: HandClock) -> None:
    async def audit(audit: MallAudit) -> None:
        audit.note("wallet 1", "is wrong")

    standings, walkers = KeptStandings(), {"w1"}
    first, second = (
        BooksWatch([Books("mall", MallAudit, audit, WHOLE_TIME)], standings, lambda name=name: name in walkers, clock)  # type: ignore[misc]
        for name in ("w1", "w2")
    )
    await first.look()
    await first._walks[0].walk()
    await first.look()
    await second.look()
    assert not second._walking and [part.finding_count for part in second.parts] == [1]
    assert not Standings(NoLots(), second).is_clean()
    walkers.clear()
    walkers.add("w2")
    await first.look()
    await second.look()
    assert not first._walking and second._walking
    assert [(part.name, part.passes) for part in second.parts] == [(part.name, part.passes) for part in first.parts]
    for watch in (first, second):
        await watch.stop()


class NoLots:
    """A watch over lots that has seen nothing yet."""

    standing = None
