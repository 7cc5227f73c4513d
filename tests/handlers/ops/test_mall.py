"""The staff's management of the mall, over HTTP."""
from __future__ import annotations

import asyncio
from typing import Any

from server.domain.accounts.profiles import ProfileChange
from server.domain.accounts.users import Role, User
from server.domain.mall.ledger import Sums
from tests.api import Api
from tests.belongings import picture
from tests.builders import make_user
from tests.handlers.mall.ordering import OPS, TO_ME, place
from tests.handlers.mall.test_window import put, put_goods
from tests.mall import Shopper, data_of, sign_in
from tests.nouns import refused

PATH = f"{OPS}/adjustments"
MEMBERS = f"{OPS}/members"
LARGE = 100_001


async def operators(api: Api) -> tuple[User, User]:
    first, second = [await make_user(api.application, name, roles=[Role.OPERATOR]) for name in ("op", "other")]
    return first, second


async def sums_of(shopper: Shopper) -> Sums:
    return (await shopper.application.services.mall.ledger.get_wallet(shopper.uid)).sums


def adjustment(shopper: Shopper, **parts: int) -> dict[str, Any]:
    return {"user_id": shopper.uid, "remark": "补偿", **parts}


async def test_an_adjustment_is_in_the_wallet_at_once(api: Api) -> None:
    operator, _ = await operators(api)
    alice = await sign_in(api)
    answer = await api.post(PATH, as_user=operator, json=adjustment(alice, balance=1000, points=5, growth=2))
    assert (answer.data["state"], answer.data["asked_by"], answer.data["decided_by"]) == (1, operator.id, operator.id)
    assert await sums_of(alice) == Sums(balance=1000, points=5, growth=2)
    (row,) = data_of(await alice.post("/user/cashLog"))
    assert (row["typeStr"], row["amount"], row["remark"]) == ("商家调整", 10.0, "补偿")


async def test_no_more_is_taken_than_there_is(api: Api) -> None:
    operator, _ = await operators(api)
    alice = await sign_in(api)
    await alice.give(balance=100)
    answer = await api.post(PATH, as_user=operator, json=adjustment(alice, balance=-101))
    assert refused(answer) == (409, "not_enough")
    assert await sums_of(alice) == Sums(balance=100)
    assert (await api.get(PATH, as_user=operator)).data["total"] == 0


async def test_a_large_one_waits_for_another_operator(api: Api) -> None:
    operator, other = await operators(api)
    alice = await sign_in(api)
    asked = (await api.post(PATH, as_user=operator, json=adjustment(alice, balance=LARGE))).data
    assert (asked["state"], asked["decided_by"]) == (0, None)
    assert await sums_of(alice) == Sums()
    approve = f"{PATH}/{asked['id']}/approve"
    assert refused(await api.post(approve, as_user=operator, json={})) == (409, "same_person")
    made = (await api.post(approve, as_user=other, json={})).data
    assert (made["state"], made["decided_by"], made["revision"]) == (1, other.id, 2)
    assert refused(await api.post(approve, as_user=other, json={})) == (409, "already_decided")
    assert await sums_of(alice) == Sums(balance=LARGE)


async def test_one_that_is_approved_many_times_at_once_is_made_once(api: Api) -> None:
    operator, other = await operators(api)
    alice = await sign_in(api)
    asked = (await api.post(PATH, as_user=operator, json=adjustment(alice, balance=LARGE))).data
    approve = f"{PATH}/{asked['id']}/approve"
    answers = await asyncio.gather(*(api.post(approve, as_user=other, json={}) for _ in range(10)))
    assert sorted({answer.status for answer in answers}) == [200, 409]
    assert await sums_of(alice) == Sums(balance=LARGE)
    verbs = [entry["verb"] for entry in (await api.get("/api/ops/log", as_user=operator)).data["list"]]
    assert verbs == ["approve", "add"]


async def test_one_that_is_refused_changes_nothing(api: Api) -> None:
    operator, other = await operators(api)
    alice = await sign_in(api)
    asked = (await api.post(PATH, as_user=operator, json=adjustment(alice, points=LARGE))).data
    refuse = f"{PATH}/{asked['id']}/refuse"
    assert refused(await api.post(refuse, as_user=operator, json={})) == (422, "invalid_input")
    assert (await api.post(refuse, as_user=operator, json={"reason": "写错了"})).data["state"] == 2
    assert refused(await api.post(f"{PATH}/{asked['id']}/approve", as_user=other, json={})) == (409, "already_decided")
    assert await sums_of(alice) == Sums()


async def test_nothing_is_given_to_nobody(api: Api) -> None:
    operator, _ = await operators(api)
    alice = await sign_in(api)
    for wrong in ({"user_id": 999, "balance": 1}, {"balance": 0}):
        assert refused(await api.post(PATH, as_user=operator, json={**adjustment(alice), **wrong})) == (422, "invalid_input")


async def test_members_are_found_by_name_and_number_with_what_their_wallets_hold(api: Api) -> None:
    operator, _ = await operators(api)
    alice, bob = await sign_in(api), await sign_in(api, "bob")
    await alice.give(balance=1990, points=5, growth=2)
    await api.application.services.accounts.profiles.save(alice.uid, ProfileChange(nickname="爱钞人"), nickname_field="nick")
    listed = (await api.get(MEMBERS, as_user=operator)).data
    assert [row["id"] for row in listed["list"]] == [bob.uid, alice.uid]
    found = (await api.get(MEMBERS, as_user=operator, query={"q": "爱钞"})).data["list"]
    assert found == [(await api.get(f"{MEMBERS}/{alice.uid}", as_user=operator)).data]
    [row] = found
    purses = {"balance": 1990, "frozen": 0, "points": 5, "growth": 2, "consumed": 0}
    assert {name: row[name] for name in (*purses, "nickname", "source")} == {**purses, "nickname": "爱钞人", "source": 0}
    assert (await api.get(MEMBERS, as_user=operator, query={"q": "没有的"})).data["total"] == 0
    assert (await api.get(f"{MEMBERS}/{operator.id}", as_user=operator)).status == 404
    sheet = await api.get(f"{MEMBERS}/export", as_user=operator)
    assert "爱钞人" in sheet.body.decode() and "19.90" in sheet.body.decode()


async def test_the_staff_puts_up_pictures(api: Api) -> None:
    operator, _ = await operators(api)
    answer = await api.ask("POST", f"{OPS}/pictures", as_user=operator, body=picture(), headers={"Content-Type": "image/png"})
    assert answer.data["address"].startswith("/pictures/") and answer.data["width"] > 0
    assert (await api.get(answer.data["address"])).status == 200
    assert refused(await api.ask("POST", f"{OPS}/pictures", as_user=operator, body=b"none"))[0] == 422


async def test_several_orders_are_printed_at_once(api: Api) -> None:
    operator, _ = await operators(api)
    alice = await sign_in(api)
    await alice.give(balance=100_000)
    await put(api, operator, "settings", key="mallName", value="集藏社 <总店>")
    freight = await put(api, operator, "freights", name="快递", rates=[{"first_fee": 600}])
    about = {"freight_id": freight["id"], "category_id": (await put(api, operator, "categories", name="杯具"))["id"]}
    cups = [await put_goods(api, operator, name=name, **about) for name in ("<b>白瓷杯</b>", "青瓷杯")]
    orders = [await place(alice, {"goodsId": cup["id"], "number": 2}, **TO_ME, remark="轻放 & 勿压") for cup in cups]
    note, asked = f"{OPS}/orders/delivery-notes", ",".join(str(order["id"]) for order in orders)
    assert refused(await api.get(note, as_user=operator, query={"ids": asked})) == (409, "wrong_order_state")
    for order in orders:
        assert (await alice.post("/order/pay", orderId=order["id"]))["code"] == 0
    answer = await api.get(note, as_user=operator, query={"ids": asked})
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    page = answer.body.decode()
    assert page.count("<article>") == 2 and page.index("白瓷杯") < page.index("青瓷杯") and "size: A4" in page
    for text in ("发货单", "张三 13800138000", "文三路 1 号", "轻放 &amp; 勿压", "&lt;b&gt;白瓷杯&lt;/b&gt;", "39.80", "45.80", "集藏社 &lt;总店&gt;"):
        assert text in page, text
    for wrong, refusal in (("999", 404), ("", 422), ("1,,2", 422), ("0", 422), (",".join(["1"] * 101), 422)):
        assert (await api.get(note, as_user=operator, query={"ids": wrong})).status == refusal
