"""What phones ask all day: memory answers byte for byte what the database holds, and what has not changed costs no body."""
from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest

from server.domain.accounts.users import User
from server.domain.auctions.goods import Lot
from server.domain.auctions.record import Act
from server.domain.auctions.storefront import Banner, WechatContact
from server.domain.changes import Cause
from tests.api import PATIENCE_SECONDS, Answer, Api
from tests.builders import Goods, make_goods, make_group, make_user
from tests.clock import HandClock

SHARED = ("/api/group", "/api/group?page=2&limit=2", "/api/group?category=%E8%88%AA%E5%A4%A9%E5%8F%B7", "/api/group?category=none")
ANYWHERE = (
    *("/api/group/category", "/api/group/open", "/api/group/history", "/api/group/history?limit=1&page=2"),
    *("/api/banners", "/api/wechat"),
)
OWN = ("/api/group/my", "/api/group/my?page=2&limit=2", *SHARED)


async def poll(api: Api, path: str, user: User | None = None, *, method: str = "GET", tag: str | None = None) -> Answer:
    """From memory, once it knows what is asked for; `tag` is the one the client has."""
    headers = {} if tag is None else {"If-None-Match": tag}
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            answer = await api.ask(method, path, as_user=user, headers=headers)
            if "Etag" in answer.headers:
                return answer
            await api.application.auctions.looks.look()


async def ask_database(api: Api, path: str, user: User | None = None) -> Answer:
    """By the endpoint, which takes a slash at the end too."""
    place, _, query = path.partition("?")
    answer = await api.get(f"{place}/{'?' if query else ''}{query}", as_user=user)
    assert "Etag" not in answer.headers
    return answer


async def assert_same(api: Api, paths: tuple[str, ...], user: User | None = None) -> None:
    for path in paths:
        remembered = await poll(api, path, user)
        assert remembered.body == (await ask_database(api, path, user)).body, path


async def make_sale(api: Api) -> list[Lot]:
    goods = [Goods(category=category, top_price=30_000) for category in ("龙钞补号", "航天号", "龙钞补号", "航天号", "渣打150")]
    group = await make_group(api.application, *goods)
    return await api.application.stores.auctions.lots.list_lots(group.id)


async def test_what_anybody_asks_is_answered_alike_by_memory_and_database(api: Api, clock: HandClock) -> None:
    storefront = api.application.stores.auctions.storefront
    await storefront.replace_banners([Banner("https://pictures.example/1.png", 1)])
    await storefront.set_wechat_contact(WechatContact("fen", "https://pictures.example/qr.png"))
    ended = [await make_goods(api.application, closes_in=closes_in) for closes_in in (10, 20)]
    clock.advance(seconds=30)
    for lot in ended:
        await api.wait_until_ended(lot.group_id)
    lots = await make_sale(api)
    await api.bid(await make_user(api.application), lots[1], 20_500)
    group_id = lots[0].group_id
    of_groups = tuple(f"/api/group/{what}/{id}" for what in ("category", "history") for id in (group_id, ended[0].group_id))
    price = f"/api/group/current/price/{lots[1].id}"
    await assert_same(api, (*SHARED, f"/api/group?group_id={group_id}", *ANYWHERE, *of_groups, price))


async def test_what_is_the_caller_s_own_is_in_the_same_answer(api: Api) -> None:
    lots = await make_sale(api)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    await assert_same(api, OWN, alice)
    await api.bid(alice, lots[3], 20_000, max_price=21_000)
    await api.bid(alice, lots[0], 20_000)
    await api.bid(bob, lots[0], 20_100)
    for user in (alice, bob):
        await assert_same(api, OWN, user)
    joined = (await poll(api, "/api/group", alice)).data["joined"]
    assert [(one["goods_id"], one["status"], one["max_price"]) for one in joined] == [(lots[3].id, 1, 21_000), (lots[0].id, 2, None)]
    assert (await poll(api, "/api/group")).data["joined"] == []


async def test_a_bid_and_a_maximum_are_in_the_next_answer_of_the_same_process(api: Api) -> None:
    lots = await make_sale(api)
    alice = await make_user(api.application)
    await poll(api, "/api/group", alice)
    for price in (20_000, 20_001, 20_002):
        await api.bid(alice, lots[2], price, max_price=25_000)
        answer = await poll(api, "/api/group", alice)
        [joined] = answer.data["joined"]
        assert (joined["price"], joined["max_price"], answer.data["list"][2]["bid"]["price"]) == (price, 25_000, price)
        assert (await poll(api, "/api/group/my", alice)).data["list"][0]["price"] == price
    body = {"goods_id": lots[2].id, "group_id": lots[2].group_id}
    await api.put("/api/group/maximum", as_user=alice, json={**body, "max_price": 26_000})
    assert (await poll(api, "/api/group", alice)).data["joined"][0]["max_price"] == 26_000
    await api.delete("/api/group/maximum", as_user=alice, json=body)
    assert (await poll(api, "/api/group", alice)).data["joined"][0]["max_price"] is None


async def test_a_user_with_more_participations_than_are_kept_finds_all_of_them(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.domain.auctions.books.MOST_PAST", 2)
    lots = await make_sale(api)
    alice = await make_user(api.application)
    for lot in lots:
        await api.bid(alice, lot, 20_000)
    await assert_same(api, SHARED, alice)
    mine = await api.get("/api/group/my", as_user=alice)
    assert (mine.data["total"], len(mine.data["list"]), "Etag" in mine.headers) == (5, 5, False)


async def test_memory_says_what_the_database_says_after_whatever_happened(api: Api, clock: HandClock) -> None:
    chance = random.Random(7)
    lots = await make_sale(api)
    users = [await make_user(api.application, name) for name in ("Alice", "Bob", "Carol")]
    prices = {lot.id: 20_000 for lot in lots}
    tags: dict[str, tuple[str, bytes]] = {}

    async def bid() -> None:
        lot, user = chance.choice(lots), chance.choice(users)
        prices[lot.id] += chance.randrange(1, 300)
        maximum = chance.choice([None, prices[lot.id] + 500])
        await api.bid(user, lot, prices[lot.id], **({"max_price": maximum} if maximum else {}))

    async def change_maximum() -> None:
        lot = chance.choice(lots)
        body = {"goods_id": lot.id, "group_id": lot.group_id, "max_price": 29_000}
        await api.put("/api/group/maximum", as_user=chance.choice(users), json=body)

    async def buy() -> None:
        await api.bid(chance.choice(users), chance.choice(lots), 30_000)

    async def edit() -> None:
        documents = api.application.mongo.database.lots
        change = {"$set": {"score": f"{chance.randrange(60, 70)}E", "category": "荷花钞", "changed_at": api.application.ground.moments.now()}}
        await documents.update_one({"_id": chance.choice(lots).id}, {**change, "$inc": {"revision": 1}})
        await api.application.auctions.looks.look()

    async def let_time_pass() -> None:
        clock.advance(seconds=chance.randrange(1, 90))
        await api.application.auctions.looks.look()
        api.application.ground.floor.tick()

    acts = [bid] * 8 + [change_maximum] * 2 + [buy, edit, let_time_pass]
    for _ in range(40):
        await chance.choice(acts)()
        user = chance.choice([None, *users])
        paths = (*SHARED, "/api/group?category=%E8%8D%B7%E8%8A%B1%E9%92%9E", *(OWN[:2] if user is not None else ()))
        await assert_same(api, paths, user)
        for path in paths:
            answer = await poll(api, path, user)
            tag, body = answer.headers["Etag"], answer.body
            assert (tags.setdefault(tag, (path, body)))[1] == body, path
    clock.advance(hours=2)
    await api.wait_until_ended(lots[0].group_id)
    for user in users:
        await assert_same(api, OWN[:2], user)


async def test_what_did_not_change_is_answered_by_304(api: Api) -> None:
    lots = await make_sale(api)
    alice = await make_user(api.application)
    await api.bid(alice, lots[0], 20_000)
    price = f"/api/group/current/price/{lots[0].id}"
    for user in (None, alice):
        for path in ("/api/group", price):
            tag = (await poll(api, path, user)).headers["Etag"]
            for sent in (tag, f'"other", W/{tag}', "*"):
                unchanged = await poll(api, path, user, tag=sent)
                assert (unchanged.status, unchanged.body, unchanged.headers["Etag"]) == (304, b"", tag)
            await api.bid(alice, lots[0], (await api.get(price)).data + 1)
            changed = await poll(api, path, user, tag=tag)
            assert changed.status == 200 and changed.headers["Etag"] != tag


async def test_an_answer_says_whose_it_is_and_that_it_must_be_asked_for_again(api: Api) -> None:
    await make_sale(api)
    alice = await make_user(api.application)
    anybody, own = await poll(api, "/api/group"), await poll(api, "/api/group", alice)
    assert (anybody.headers["Cache-Control"], own.headers["Cache-Control"]) == ("no-cache", "private, no-cache")
    asked = await api.get("/api/group", headers={"X-Request-Id": "phone-7"})
    assert asked.headers["X-Request-Id"] == "phone-7" and asked.headers["Date"]
    head = await poll(api, "/api/group", method="HEAD")
    assert (head.status, head.body, head.headers["Etag"]) == (200, b"", anybody.headers["Etag"])
    assert int(head.headers["Content-Length"]) == len(anybody.body)


async def test_while_the_floor_may_be_old_the_database_is_asked(api: Api, clock: HandClock) -> None:
    lots = await make_sale(api)
    await api.application.auctions.looks.stop()
    paths = ("/api/group", "/api/group/category", "/api/group/history", f"/api/group/current/price/{lots[0].id}")
    floor = api.application.ground.floor
    for path in paths:
        await poll(api, path)
    floor.mark_stale(True)
    for path in paths:
        answer = await api.get(path)
        assert answer.status == 200 and "Etag" not in answer.headers
    floor.mark_stale(False)
    for path in paths:
        await poll(api, path)
    clock.advance(seconds=2)
    for path in paths:
        answer = await api.get(path)
        assert answer.status == 200 and "Etag" not in answer.headers


async def test_a_token_that_has_ended_opens_nothing(api: Api) -> None:
    lots = await make_sale(api)
    alice = await make_user(api.application)
    await api.bid(alice, lots[0], 20_000)
    await poll(api, "/api/group", alice)
    await api.application.services.accounts.tokens.end_all(alice.id)
    answer = await api.get("/api/group", as_user=alice)
    assert answer.data["joined"] == [] and "WWW-Authenticate" in answer.headers
    assert (await api.get("/api/group/my", as_user=alice)).status == 401


async def test_what_is_asked_wrongly_is_refused_as_ever(api: Api) -> None:
    await make_sale(api)
    await poll(api, "/api/group")
    for path in ("/api/group?page=0", "/api/group?page=1&page=2", "/api/group?limit=101", "/api/group?page=%31x"):
        assert (await api.get(path)).status == 422, path
    assert (await api.get("/api/group/my")).status == 401
    assert (await api.get("/api/group?group_id=99")).status == 404
    assert (await api.get("/api/group/category/99")).status == 404


async def test_the_current_group_is_the_right_one_of_several(api: Api, clock: HandClock) -> None:
    coming = await make_group(api.application, starts_in=600, closes_in=1200)
    last = await make_group(api.application, closes_in=900)
    first = await make_group(api.application, closes_in=300)

    async def current() -> int:
        return (await poll(api, "/api/group/category")).data["id"]

    assert await current() == first.id
    clock.moment = first.end_at
    await api.application.auctions.looks.look()
    assert await current() == last.id
    clock.moment = last.end_at
    await api.application.auctions.looks.look()
    assert await current() == coming.id
    clock.moment = coming.end_at + timedelta(seconds=1)
    await api.application.auctions.looks.look()
    assert (await poll(api, "/api/group")).data == {"current_page": 1, "list": [], "total": 0, "joined": []}


async def test_a_lot_that_gets_another_place_is_on_another_page(api: Api) -> None:
    lots = await make_sale(api)
    await poll(api, "/api/group?limit=1")
    change = {"$set": {"position": 100, "changed_at": api.application.ground.moments.now()}, "$inc": {"revision": 1}}
    await api.application.mongo.database.lots.update_one({"_id": lots[0].id}, change)
    await api.application.auctions.looks.look()
    await assert_same(api, ("/api/group?limit=1", "/api/group?limit=1&page=5", "/api/group?category=%E9%BE%99%E9%92%9E%E8%A1%A5%E5%8F%B7"))
    assert (await poll(api, "/api/group?limit=1&page=5")).data["list"][0]["id"] == lots[0].id


async def test_words_of_an_erased_user_leave_the_answers(api: Api) -> None:
    lots = await make_sale(api)
    alice = await make_user(api.application)
    await api.bid(alice, lots[0], 20_000)
    assert (await poll(api, "/api/group")).data["list"][0]["bid"]["nickname"] == "Alice"
    await api.application.stores.accounts.erasures.withhold_name(alice.id, "—", api.application.ground.moments.stamp())
    await api.application.auctions.looks.look()
    assert (await poll(api, "/api/group")).data["list"][0]["bid"]["nickname"] == "—"


async def test_bids_that_an_operator_took_back_are_nobody_s_part_any_more(api: Api) -> None:
    lots = await make_sale(api)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    auctioneer = await make_user(api.application, "Olive")
    await api.bid(alice, lots[0], 20_000)
    await api.bid(bob, lots[0], 20_100)
    await api.bid(alice, lots[0], 20_200)
    for user in (alice, bob):
        await assert_same(api, OWN, user)
    control, cause = api.application.services.auctions.control, Cause(user_id=auctioneer.id, reason="a slip")
    await control.act_on_lot(lots[0].id, Act.VOID, cause, back_to=1)
    await assert_same(api, SHARED)
    for user, price, status in ((alice, 20_000, 1), (bob, 0, 2)):
        [joined] = (await api.get("/api/group", as_user=user)).data["joined"]
        [mine] = (await api.get("/api/group/my", as_user=user)).data["list"]
        assert (joined["price"], joined["status"], mine["price"], mine["status"]) == (price, status, price, status)


async def test_what_an_operator_does_is_nobody_s_bid(api: Api) -> None:
    lots = await make_sale(api)
    alice = await make_user(api.application, "Alice")
    await api.bid(alice, lots[0], 20_000)
    await poll(api, "/api/group", alice)
    control, cause = api.application.services.auctions.control, Cause(user_id=99, reason="a pause")
    for goods_id in (lots[0].id, lots[1].id):
        await control.act_on_lot(goods_id, Act.PAUSE, cause)
        await control.act_on_lot(goods_id, Act.RESUME, cause)
    await assert_same(api, OWN, alice)
