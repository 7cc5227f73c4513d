"""Who takes what belongs to another, and what comes at the wrong moment, against the real window and the real stock."""
from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

from server.composition.mall import build_mall_audit
from server.domain.mall.payments.payment import Paid
from tests.api import Api
from tests.clock import HandClock
from tests.handlers.mall.ordering import HERE, TO_ME, goods, hire, place, status_of
from tests.handlers.mall.test_payments import ask, balance_of, for_order
from tests.handlers.mall.test_window import put, put_goods
from tests.mall import Shopper, data_of, sign_in

OPERATIONS = [line.split() for line in (Path(__file__).parents[2] / "documents" / "mall.txt").read_text().splitlines() if line]
# One's own login and account, what WeChat pushes, and pictures.
LEFT_OUT = {"/user/loginout", "/user/delete", "/weixin/receive", "/verification/pic/get", "/qrcode/content", "/qrcode/wxa/unlimit"}
SECRETS = ("阿丽丝的真名", "13912345678", "秘密路 7 号", "不要告诉别人")


async def assert_clean(api: Api) -> None:
    assert await find_problems(api) == []


async def find_problems(api: Api) -> list[str]:
    """What the audit tells."""
    audit = await build_mall_audit(api.application.stores.mall, api.application.clock).audit()
    return [f"{found.about} {found.problem}" for found in audit.findings]


async def own(api: Api, shopper: Shopper) -> dict[str, Any]:
    """All that is kept of somebody, by collection."""
    database = api.application.mongo.database
    names = sorted(name for name in await database.list_collection_names() if name.startswith("mall_"))
    mine = {"$or": [{"user_id": shopper.uid}, {"_id": shopper.uid}]}
    found = {name: await database[name].find(mine).sort("_id", 1).to_list(None) for name in names if name not in OF_NOBODY}
    return {name: kept for name, kept in found.items() if kept}


OF_NOBODY = {"mall_goods", "mall_stock", "mall_goods_tallies", "mall_categories", "mall_intakes", "mall_freights"}


async def test_no_operation_reads_or_changes_what_is_another_s(api: Api) -> None:
    """Every operation of the document is asked with every number and key that names something of Alice's, wherever it might go."""
    operator, alice, bob = await hire(api), await sign_in(api, "alice"), await sign_in(api, "bob")
    made = await put_goods(api, operator)
    contact = {**HERE, "linkMan": SECRETS[0], "mobile": SECRETS[1], "address": SECRETS[2]}
    # Numbers of Alice's things are no numbers of Bob's, whom they are given to.
    address = data_of(await alice.post("/user/shipping-address/add", **contact, isDefault="true"))["id"]
    row = data_of(await alice.post("/shopping-cart/add", goodsId=made["id"], number=2))["items"][0]["key"]
    await alice.give(balance=5000, points=50)
    await bob.give(balance=5000, points=50)
    orders = [await place(alice, {"goodsId": made["id"]}, **contact, remark=SECRETS[3]) for _ in range(2)]
    await alice.post("/order/pay", orderId=orders[0]["id"])
    await alice.post("/shop/goods/fav/add", goodsId=made["id"])
    payment = (await ask(alice, 5, nextAction=for_order(orders[1])))["outTradeId"]
    await alice.post("/json/set", type="note", content=json.dumps(SECRETS[3]))
    await alice.post("/comment/add", type=1, content=SECRETS[3], extJsonStr=json.dumps({"电话": SECRETS[1]}))
    code = (await api.application.mongo.database.mall_orders.find_one({"_id": orders[0]["id"]}) or {})["code"]
    before = await own(api, alice)
    assert before.keys() >= {
        "mall_orders", "mall_cart_rows", "mall_address_books", "mall_favourites", "mall_payments", "mall_wallets", "mall_members"
    }
    for order in orders:
        reviews = [{"id": order["id"], "reputation": 2, "remark": "好"}]
        named = {
            "orderId": order["id"], "orderNumber": order["orderNumber"], "hxNumber": code, "code": code, "key": row, "keys": row,
            "orderNo": payment, "outTradeId": payment, "uid": alice.uid, "userId": alice.uid, "addressId": address, "number": 7,
            "selected": "false", "nextAction": for_order(order), "postJsonString": json.dumps({"orderId": order["id"], "reviews": reviews}),
            "nick": "bob", **TO_ME,
        }
        for id in dict.fromkeys((order["id"], address)):
            for method, path in OPERATIONS:
                if path.startswith("/{domain}") and path.removeprefix("/{domain}") not in LEFT_OUT:
                    answer = await _ask(bob, method, path.removeprefix("/{domain}"), {**named, "id": id})
                    told = json.dumps(answer, ensure_ascii=False)
                    assert not any(secret in told for secret in SECRETS), (path, id, answer)
                    assert await _is_same(api, alice, before), (path, id)
    assert await own(api, alice) == before
    await assert_clean(api)


async def _is_same(api: Api, alice: Shopper, before: dict[str, Any]) -> bool:
    """The quick look after each."""
    database = api.application.mongo.database
    named, hers = ("mall_orders", "mall_cart_rows"), {"user_id": alice.uid}
    return all([await database[name].find(hers).sort("_id", 1).to_list(None) == before[name] for name in named])


async def _ask(shopper: Shopper, method: str, path: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return await (shopper.get if method == "GET" else shopper.post)(path, **parameters)


async def test_a_notice_and_the_time_out_decide_an_order_once(api: Api, clock: HandClock) -> None:
    operator, alice = await hire(api), await sign_in(api)
    made = await put_goods(api, operator, stock=8)
    orders = [await place(alice, {"goodsId": made["id"]}) for _ in range(8)]
    asked = [await ask(alice, 19.9, nextAction=for_order(order)) for order in orders]
    ordering = api.application.services.mall.ordering
    clock.advance(minutes=30)
    words = [Paid(number=one["outTradeId"], amount=1990, receipt=f"42{at}", paid_at=clock.now()) for at, one in enumerate(asked)]
    await asyncio.gather(
        *(ordering.payments.settle(word) for word in words for _ in range(2)), *(ordering.orders.close_overdue() for _ in range(4))
    )
    states = [await status_of(alice, order) for order in orders]
    assert set(states) <= {1, -1}
    assert await balance_of(alice) == round(19.9 * states.count(-1), 2)
    counts = await api.application.stores.mall.counts.find_counts([made["id"]])
    assert [(one.free, one.held, one.sold) for one in counts.values()] == [(states.count(-1), 0, states.count(1))]
    await assert_clean(api)
    # A day late, the same words change nothing.
    clock.advance(days=1)
    await asyncio.gather(*(ordering.payments.settle(word) for word in words))
    assert [await status_of(alice, order) for order in orders] == states
    await assert_clean(api)


async def test_what_the_query_says_is_charged_to_the_fen_whatever_is_bought(api: Api, clock: HandClock) -> None:
    operator, alice = await hire(api), await sign_in(api)
    category = (await put(api, operator, "categories", name="杯具"))["id"]
    rates = [{"regions": [], "first": 1000, "first_fee": 733, "step": 333, "step_fee": 77}]
    freight = (await put(api, operator, "freights", name="按重", kind=1, rates=rates))["id"]
    usual = {"category_id": category, "stock": 10**6, "points": 3}
    colours = [{"name": "颜色", "values": [{"name": "红"}, {"name": "蓝"}]}]
    sold = [
        await put_goods(api, operator, **usual, price=1999, weight_grams=457, freight_id=freight),
        await put_goods(api, operator, **usual, price=3333, steps=[{"number": 3, "price": 2999}, {"number": 10, "price": 1}]),
        await put_goods(
            api, operator, **usual, price=777, weight_grams=1, freight_id=freight,
            flash_from=clock.now().isoformat(), flash_until=clock.now().replace(year=2040).isoformat(), flash_price=13,
        ),
        await put_goods(
            api, operator, **usual, price=1, properties=colours,
            skus=[{"values": ["红"], "price": 8801, "stock": 10**6}, {"values": ["蓝"], "price": 9907, "stock": 10**6, "points": 7}],
        ),
        await put_goods(
            api, operator, **usual, price=505, option_groups=[{"name": "加料", "is_several": True, "options": [
                {"name": "糖", "price": 51}, {"name": "奶", "price": 149}
            ]}],
        ),
    ]
    chance = random.Random(7)
    for _ in range(12):
        rows = [_row(one, chance) for one in chance.sample(sold, chance.randint(1, len(sold)))]
        about = {"goodsJsonStr": goods(*rows), "peisongType": chance.choice(["kd", "zq"]), **TO_ME}
        quote = data_of(await alice.post("/order/create", calculate="true", **about))
        order = data_of(await alice.post("/order/create", **about, amountReal=0.01, score=0, amountLogistics=-9))
        told = (quote["amountReal"], quote["score"], quote["amountLogistics"], quote["amountTotle"])
        assert (order["amountReal"], order["score"], order["amountLogistics"], order["amount"]) == told
    await assert_clean(api)


def _row(sold: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    row: dict[str, Any] = {"goodsId": sold["id"], "number": chance.choice([1, 2, 3, 7, 10, 133]), "price": 0.01}
    for one in sold["properties"]:
        row["propertyChildIds"] = f"{one['id']}:{chance.choice(one['values'])['id']}"
    for group in sold["option_groups"]:
        chosen = chance.sample(group["options"], chance.randint(0, 2))
        row["goodsAdditionList"] = [{"pid": group["id"], "id": option["id"]} for option in chosen]
    return row


async def test_a_number_that_is_none_takes_nothing(api: Api) -> None:
    operator, alice = await hire(api), await sign_in(api)
    made = await put_goods(api, operator)
    row = data_of(await alice.post("/shopping-cart/add", goodsId=made["id"], number=1))["items"][0]["key"]
    for number in (0, -1, 1.5, 2**31, 2**53, "1e3", "NaN"):
        ordered = json.dumps([{"goodsId": made["id"], "number": number, "propertyChildIds": ""}])
        answers = [await alice.post("/order/create", goodsJsonStr=ordered, calculate=calculate) for calculate in ("", "true")]
        answers += [await alice.post("/shopping-cart/add", goodsId=made["id"], number=number)]
        answers += [await alice.post("/shopping-cart/modifyNumber", key=row, number=number)]
        assert all(answer["code"] not in (0, -1) for answer in answers), (number, answers)
    assert data_of(await alice.get("/shopping-cart/info"))["number"] == 1
    assert (await alice.post("/order/list"))["code"] == 700
    await assert_clean(api)
