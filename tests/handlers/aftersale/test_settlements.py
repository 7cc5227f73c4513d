"""成交结算 over HTTP: from the end of a sale to the parcel, and what happens at once."""
from __future__ import annotations

import asyncio
import base64

import pytest

from server.domain.accounts.users import Role
from tests.aftersale import HOME, OPS, Sold, hold_sale
from tests.api import Api
from tests.builders import make_user
from tests.clock import HandClock
from tests.nouns import refused
from tests.realtime.listening import Listener


async def test_a_winner_sees_every_step_and_hears_of_it(api: Api, clock: HandClock) -> None:
    sold = await hold_sale(api, clock)
    listener = await Listener.open(api.url)
    assert (await listener.ask("auth", token=api.token_of(sold.alice)))["ok"]
    assert (await listener.ask("subscribe", channel="me"))["ok"]
    due = await sold.settlement_of(sold.alice)
    assert (due["status"], due["amount"], due["pay_by"], due["address"]) == ("due", 45100, "2036-06-04 13:01:00", None)
    assert [(lot["goods_id"], lot["price"]) for lot in due["lots"]] == [(sold.goods[0], 25000), (sold.goods[1], 20100)]
    path = f"/api/settlements/{due['id']}"
    # Another's does not exist.
    assert refused(await api.get(path, as_user=sold.bob)) == (404, "not_found")
    assert refused(await sold.ask_payment(sold.bob, due["id"])) == (404, "not_found")
    assert refused(await api.post(f"{path}/wallet", as_user=sold.bob, json={})) == (404, "not_found")
    address_id = await sold.keep_address(sold.alice)
    assert refused(await api.put(f"{path}/address", as_user=sold.bob, json={"address_id": address_id})) == (404, "not_found")
    chosen = (await api.put(f"{path}/address", as_user=sold.alice, json={"address_id": address_id})).data
    assert (chosen["address"]["contact_name"], chosen["address"]["address"]) == (HOME.contact_name, HOME.address)
    invoice = {"title": "藏馆有限公司", "tax_number": "91330106789012345X"}
    assert (await api.put(f"{path}/invoice", as_user=sold.alice, json=invoice)).data["invoice"] == invoice
    assert refused(await sold.act("settlements", due["id"], "ship", carrier="顺丰", tracking="SF1")) == (409, "not_paid")
    asked = (await sold.ask_payment(sold.alice, due["id"])).data
    kind, picture = asked["picture"].split(",")
    assert (asked["amount"], kind) == (45100, "data:image/png;base64")
    assert base64.b64decode(picture).startswith(b"\x89PNG") and asked["url"].startswith("weixin://")
    assert (await sold.say_paid(asked["number"]))["purpose_state"] == 2
    for text in ("张三", "U1"):
        found = (await api.get(f"{OPS}/settlements", as_user=sold.bookkeeper, query={"q": text})).data["list"]
        assert [one["id"] for one in found] == [due["id"]]
    paid = await sold.settlement_of(sold.alice)
    assert (paid["status"], paid["paid_by"], paid["paid_at"]) == ("paid", "wallet", "2036-06-01 13:01:00")
    shipped = (await sold.act("settlements", due["id"], "ship", carrier="顺丰", tracking="SF1")).data
    assert (shipped["state"], shipped["address"]) == ("shipped", "浙江省杭州市西湖区文三路 1 号 310012")
    assert (await sold.settlement_of(sold.alice))["tracking"] == "SF1"
    told = await listener.until(lambda event: event.get("step") == "shipped")
    assert {"type": "settlement", "thing_id": due["id"], "price": 45100, "until": None}.items() <= told.items()
    assert [event["step"] for event in listener.of_type("settlement")] == ["paid", "shipped"]
    # Who was away hears of it too.
    cursor = (await api.get("/api/live/me", as_user=sold.bob)).data["cursor"]
    other = await sold.settlement_of(sold.bob)
    assert (await sold.act("settlements", other["id"], "mark-paid")).data["paid_by"] == "hand"
    missed = (await api.get("/api/live/me", as_user=sold.bob, query={"cursor": cursor})).data["missed"]
    assert [(event["type"], event["step"], event["thing_id"]) for event in missed] == [("settlement", "paid", other["id"])]
    query = {"noun": "auctions.settlements", "id": other["id"]}
    [entry] = (await api.get("/api/ops/log", as_user=sold.bookkeeper, query=query)).data["list"]
    assert (entry["verb"], entry["reason"], entry["user_id"]) == ("mark-paid", "已核对", sold.bookkeeper.id)
    await listener.close()
    audit = await sold.audit()
    assert (audit.findings, audit.groups, audit.sold, audit.settlements, audit.waiting) == ([], 1, 3, 2, 0)


async def test_a_group_is_settled_once_however_often_it_is_tried(api: Api, clock: HandClock) -> None:
    sold = await hold_sale(api, clock)
    groups, maker = api.application.mongo.database.groups, api.application.aftersale.maker
    for _ in range(2):
        # As if whoever did it had died before it was noted, and everybody else tries.
        await groups.update_one({"_id": sold.group_id}, {"$set": {"settled_at": None}})
        await asyncio.gather(*(maker.make_due() for _ in range(5)))
    await api.application.mongo.database.settlements.delete_one({"user_id": sold.bob.id})
    await api.application.mongo.database.sold_lots.delete_one({"winner_id": sold.bob.id})
    assert [finding.problem for finding in (await sold.audit()).findings] == ["was sold and has no row", "is in 0 settlements of the sale"]
    await groups.update_one({"_id": sold.group_id}, {"$set": {"settled_at": None}})
    await asyncio.gather(*(maker.make_due() for _ in range(5)))
    audit = await sold.audit()
    assert (audit.findings, audit.sold, audit.settlements) == ([], 3, 2)


async def test_it_is_paid_once_whatever_is_said_at_once(api: Api, clock: HandClock) -> None:
    sold = await hold_sale(api, clock)
    due = await sold.settlement_of(sold.alice)
    asked = [(await sold.ask_payment(sold.alice, due["id"])).data for _ in range(2)]
    # Two payments, one of them told of twice, and two operators who have seen the money elsewhere.
    results = await asyncio.gather(
        *(sold.say_paid(one["number"]) for one in (*asked, asked[0])),
        *(sold.act("settlements", due["id"], "mark-paid") for _ in range(2)),
    )
    payments = {one["number"]: one for one in results[:3] if isinstance(one, dict)}
    by_hand = [one for one in results[3:] if not isinstance(one, dict) and one.status == 200]
    services = api.application.services
    wallet = await services.mall.ledger.get_wallet(sold.alice.id)
    done = [one for one in payments.values() if (await _payment(sold, one["number"]))["purpose_state"] == 2]
    assert len(done) + len(by_hand) == 1
    assert wallet.sums.balance == due["amount"] * (2 - len(done))
    assert (await sold.audit()).findings == []
    assert refused(await sold.ask_payment(sold.alice, due["id"])) == (409, "already_paid")
    answer = await api.post(f"/api/settlements/{due['id']}/wallet", as_user=sold.alice, json={})
    assert refused(answer) == (409, "already_paid")


async def _payment(sold: Sold, number: str) -> dict[str, int]:
    query = {"number": number}
    [found] = (await sold.api.get("/api/ops/mall/payments", as_user=sold.bookkeeper, query=query)).data["list"]
    return found


async def test_it_is_paid_from_the_wallet_if_that_has_enough(api: Api, clock: HandClock) -> None:
    sold = await hold_sale(api, clock)
    due = await sold.settlement_of(sold.bob)
    path = f"/api/settlements/{due['id']}/wallet"
    assert refused(await api.post(path, as_user=sold.bob, json={})) == (409, "not_enough")
    given = {"user_id": sold.bob.id, "balance": 30000, "remark": "汇款"}
    assert (await api.post("/api/ops/mall/adjustments", as_user=sold.bookkeeper, json=given)).status == 200
    answers = await asyncio.gather(*(api.post(path, as_user=sold.bob, json={}) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409]
    assert (await api.application.services.mall.ledger.get_wallet(sold.bob.id)).sums.balance == 0
    assert (await sold.audit()).findings == []
    await api.application.mongo.database.mall_entries.delete_one({"key": f"settlement:{due['id']}:paid"})
    assert [finding.problem for finding in (await sold.audit()).findings] == ["is paid and the ledger has no payment"]


async def test_a_lot_that_is_not_paid_is_offered_to_the_next_bidder(api: Api, clock: HandClock) -> None:
    sold = await hold_sale(api, clock)
    number, [first, second] = (await sold.settlement_of(sold.alice))["id"], sold.goods[:2]
    assert refused(await sold.act("settlements", number, "give-up")) == (409, "not_overdue")
    assert refused(await sold.act("sold-lots", first, "offer-next")) == (409, "lot_not_free")
    await sold.make_overdue(sold.alice)
    assert (await sold.settlement_of(sold.alice))["is_overdue"]
    assert (await sold.act("settlements", number, "give-up")).data["state"] == "given_up"
    assert refused(await sold.act("sold-lots", second, "offer-next")) == (409, "no_bidder_left")
    # Two operators press at once.
    answers = await asyncio.gather(*(sold.act("sold-lots", first, "offer-next", hours=24) for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [200, 409]
    [offer] = (await api.get("/api/second-offers", as_user=sold.bob)).data
    assert (offer["price"], offer["status"], offer["expires_at"]) == (21000, "open", "2036-06-05 13:01:00")
    assert refused(await api.post(f"/api/second-offers/{offer['id']}/accept", as_user=sold.carol, json={})) == (404, "not_found")
    assert refused(await sold.act("settlements", number, "restore", pay_by="2036-06-30 12:00:00")) == (409, "lots_gone")
    assert (await api.post(f"/api/second-offers/{offer['id']}/decline", as_user=sold.bob, json={})).data["status"] == "declined"
    assert (await sold.act("sold-lots", first, "offer-next", hours=1)).data["fate"] == "offered"
    [asked] = (await api.get("/api/second-offers", as_user=sold.carol)).data
    accept = f"/api/second-offers/{asked['id']}/accept"
    answers = await asyncio.gather(*(api.post(accept, as_user=sold.carol, json={}) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409]
    made = await sold.settlement_of(sold.carol)
    assert (made["amount"], made["status"], [lot["goods_id"] for lot in made["lots"]]) == (20000, "due", [first])
    row = await sold.sold_lot(first)
    assert (row["fate"], row["settlement_id"], row["winner_id"], row["hammer_price"], row["price"]) == (
        *("settled", made["id"], sold.alice.id, 25000, 20000),
    )
    assert refused(await sold.act("second-offers", asked["id"], "withdraw")) == (409, "offer_decided")
    assert (await sold.audit()).findings == []


async def test_an_offer_that_nobody_answers_expires(api: Api, clock: HandClock) -> None:
    sold = await hold_sale(api, clock)
    number = await sold.make_overdue(sold.alice)
    await sold.act("settlements", number, "give-up")
    await sold.act("sold-lots", sold.goods[0], "offer-next", hours=1)
    [offer] = (await api.get("/api/second-offers", as_user=sold.bob)).data
    clock.advance(hours=1)
    accept = f"/api/second-offers/{offer['id']}/accept"
    assert refused(await api.post(accept, as_user=sold.bob, json={})) == (409, "offer_decided")
    await api.application.services.aftersale.second_offers.expire_overdue()
    assert (await api.get("/api/second-offers", as_user=sold.bob)).data[0]["status"] == "expired"
    assert (await sold.sold_lot(sold.goods[0]))["fate"] == "free"
    assert (await sold.act("settlements", number, "restore", pay_by="2036-06-30 12:00:00")).data["state"] == "due"
    assert (await sold.audit()).findings == []


@pytest.mark.parametrize("tries", range(3))
async def test_of_a_late_payment_and_giving_up_one_comes_first(api: Api, clock: HandClock, tries: int) -> None:
    sold = await hold_sale(api, clock)
    number = (await sold.settlement_of(sold.alice))["id"]
    asked = (await sold.ask_payment(sold.alice, number)).data
    clock.advance(days=3)

    async def give_up_and_offer() -> list[int]:
        given_up = await sold.act("settlements", number, "give-up")
        return [given_up.status, (await sold.act("sold-lots", sold.goods[0], "offer-next")).status]

    payment, statuses = await asyncio.gather(sold.say_paid(asked["number"]), give_up_and_offer())
    balance = (await api.application.services.mall.ledger.get_wallet(sold.alice.id)).sums.balance
    state = (await sold.settlement_of(sold.alice))["status"]
    outcome = (payment["purpose_state"], payment["purpose_problem"], statuses, balance, state)
    paid, given_up = (2, "", [409, 409], 0, "paid"), (3, "SettlementOver", [200, 200], 45100, "given_up")
    assert outcome in (paid, given_up)
    assert (await sold.audit()).findings == []


async def test_unsold_and_unpaid_lots_go_on_to_another_issue_once(api: Api, clock: HandClock) -> None:
    sold = await hold_sale(api, clock)
    await sold.act("settlements", await sold.make_overdue(sold.alice), "give-up")
    auctioneer = await make_user(api.application, "auctioneer", roles=[Role.AUCTIONEER])
    times = {"start_at": "2036-07-01 12:00:00", "end_at": "2036-07-02 12:00:00", "only_unsold": True}
    copied = await api.post(f"{OPS}/groups/{sold.group_id}/copy", as_user=auctioneer, json={"issue": 900, **times})
    query = {"group_id": copied.data["id"], "sort": "position"}
    lots = (await api.get(f"{OPS}/lots", as_user=auctioneer, query=query)).data["list"]
    assert [lot["copy_of"] for lot in lots] == [sold.goods[0], sold.goods[1], sold.goods[3]]
    assert [(lot["sn"], lot["low_price"], lot["status"], lot["entries"]) for lot in lots] == [
        (sn, 20000, "open", 0) for sn in ("U0", "U1", "U3")
    ]
    row = await sold.sold_lot(sold.goods[0])
    assert (row["fate"], row["relisted_as"], row["winner_id"]) == ("relisted", lots[0]["id"], sold.alice.id)
    assert refused(await sold.act("sold-lots", sold.goods[0], "offer-next")) == (409, "lot_not_free")
    again = await api.post(f"{OPS}/groups/{sold.group_id}/copy", as_user=auctioneer, json={"issue": 901, **times})
    lots = (await api.get(f"{OPS}/lots", as_user=auctioneer, query={"group_id": again.data["id"]})).data["list"]
    assert [lot["copy_of"] for lot in lots] == [sold.goods[3]]
    assert (await sold.audit()).findings == []


async def test_a_group_is_added_up_printed_and_exported(api: Api, clock: HandClock) -> None:
    sold = await hold_sale(api, clock)
    due = await sold.settlement_of(sold.bob)
    await sold.act("settlements", due["id"], "mark-paid")
    await sold.act("settlements", await sold.make_overdue(sold.alice), "give-up")
    totals = (await api.get(f"{OPS}/groups/{sold.group_id}/totals", as_user=sold.bookkeeper)).data
    counts = {"unsold": 0, "withdrawn": 0, "due": 0}
    assert totals == [
        {"category": "龙钞", "lots": 3, "sold": 3, "hammer": 75100, "paid": 30000, "unpaid": 45100, **counts},
        {"category": "补号", "lots": 1, "sold": 0, "hammer": 0, "paid": 0, "unpaid": 0, **counts, "unsold": 1},
    ]
    page = await api.get(f"{OPS}/groups/{sold.group_id}/winners.html", as_user=sold.bookkeeper, headers={"Accept-Language": "zh"})
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for text in ("size: A4", "Alice", "¥451.00 · 逾期未付", "U1", "¥201.00", "尚未选择地址", "共 1 单，合计 ¥300.00"):
        assert text in page.body.decode()
    sheet = await api.get(f"{OPS}/settlements/export", as_user=sold.bookkeeper, query={"format": "xlsx", "group_id": sold.group_id})
    assert (sheet.status, sheet.body[:2]) == (200, b"PK")
    anybody = await api.get(f"{OPS}/groups/{sold.group_id}/winners.html", as_user=sold.alice)
    assert refused(anybody) == (403, "forbidden")


async def test_of_who_is_deleted_nothing_is_left_but_what_is_still_to_be_sent(api: Api, clock: HandClock) -> None:
    sold = await hold_sale(api, clock)
    numbers = {user.id: (await sold.settlement_of(user))["id"] for user in (sold.alice, sold.bob)}
    for user in (sold.alice, sold.bob):
        given = {"address_id": await sold.keep_address(user)}
        assert (await api.put(f"/api/settlements/{numbers[user.id]}/address", as_user=user, json=given)).status == 200
    await sold.act("settlements", numbers[sold.bob.id], "mark-paid")
    for user in (sold.alice, sold.bob):
        await api.application.services.accounts.erasure.delete_user(sold.bookkeeper, f"id:{user.id}")
    listed = (await api.get(f"{OPS}/settlements", as_user=sold.bookkeeper, query={"sort": "id"})).data["list"]
    assert [(one["nickname"], one["contact_name"]) for one in listed] == [("已注销用户", ""), ("已注销用户", HOME.contact_name)]
    assert (await sold.act("settlements", numbers[sold.bob.id], "ship", carrier="顺丰", tracking="SF1")).data["state"] == "shipped"
    assert (await sold.audit()).findings == []
