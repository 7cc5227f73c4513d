"""好友、站内信、会员码与注销 over HTTP."""
from __future__ import annotations

import json
from typing import Any

from server.composition.mall import build_mall_audit
from server.domain.accounts.erasure import DELETED_NAME
from tests.api import Api
from tests.clock import HandClock
from tests.handlers.mall.community import look_at, put_up
from tests.handlers.mall.ordering import OPS, TO_ME, act, hire, place
from tests.handlers.mall.test_window import put_goods
from tests.mall import Shopper, data_of, sign_in

OK = {"code": 0, "msg": "success"}
UNKNOWN, NO_LETTER = {"code": 700, "msg": "用户不存在"}, {"code": 700, "msg": "消息不存在"}


async def test_friends_are_listed_and_seen_where_the_shop_lets_them(api: Api, clock: HandClock) -> None:
    operator, alice, bob, carol = await hire(api), *[await sign_in(api, name) for name in ("alice", "bob", "carol")]
    assert (await alice.post("/user/friend/list"))["code"] == 700
    assert [await alice.post("/user/friend/add", uid=bob.uid) for _ in range(2)] == [OK, OK]
    clock.advance(days=1)
    await alice.post("/user/friend/add", uid=carol.uid)
    assert (await alice.post("/user/friend/add", uid=alice.uid))["code"] == 20000
    assert await alice.post("/user/friend/add", uid=9999) == UNKNOWN
    assert await alice.post("/user/friend/add", uid=operator.id) == UNKNOWN  # no member
    listed = data_of(await alice.post("/user/friend/list"))["result"]
    assert [(row["uids"], row["nicks"]) for row in listed] == [(carol.uid, "carol"), (bob.uid, "bob")]
    for about, found in (
        ({"uids": f"{bob.uid},7"}, [bob.uid]), ({"dateAddBegin": "2036-06-02"}, [carol.uid]), ({"dateAddEnd": "2036-06-01"}, [bob.uid])
    ):
        assert [row["uids"] for row in data_of(await alice.post("/user/friend/list", **about))["result"]] == found
    assert (await alice.post("/user/friend/list", uids="x"))["code"] == 601
    assert (await bob.post("/user/friend/list"))["code"] == 700

    assert (await alice.get("/user/friend/detail", uid=bob.uid))["code"] == 1000
    await api.post(f"{OPS}/settings", as_user=operator, json={"key": "ALLOW_VIEW_FRIEND", "value": "1"})
    await bob.post("/user/modify", extJsonStr='{"生日": "六月"}')
    await bob.post("/user/wxapp/bindMobile/v2", code="13800138000")
    seen = data_of(await Shopper(api).get("/user/friend/detail", uid=bob.uid))
    assert seen == {"base": {"id": bob.uid, "nick": "bob"}, "ext": {}}
    await bob.post("/user/friend/add", uid=alice.uid)
    assert data_of(await alice.get("/user/friend/detail", uid=bob.uid))["ext"] == {"生日": "六月"}
    assert data_of(await carol.get("/user/friend/detail", uid=bob.uid))["ext"] == {}
    assert await alice.get("/user/friend/detail", uid=9999) == UNKNOWN


async def test_letters_are_read_and_deleted_by_whom_they_are_to(api: Api) -> None:
    operator, alice, bob = await hire(api), await sign_in(api), await sign_in(api, "bob")
    assert (await alice.post("/user/message/list"))["code"] == 700
    first = await put_up(api, operator, "letters", user_id=alice.uid, title="你好", content="欢迎")
    letters = api.application.services.mall.community.letters
    second = await letters.send(alice.uid, "送您一张券", "", kind=3, sender_id=bob.uid)
    listed = data_of(await alice.post("/user/message/list"))["result"]
    assert [(row["id"], row["source"], row["isRead"]) for row in listed] == [(second.id, 1, False), (first["id"], 0, False)]
    assert data_of(await bob.post("/user/message/list", mod=0))["result"][0]["uid"] == alice.uid
    assert (await bob.post("/user/message/list", mod=1))["code"] == (await alice.post("/user/message/list", mod=0))["code"] == 700
    for path in ("read", "del"):
        assert await bob.post(f"/user/message/{path}", id=first["id"]) == NO_LETTER
    assert await bob.post("/user/message/read", id=second.id) == NO_LETTER
    assert [await alice.post("/user/message/read", id=first["id"]) for _ in range(2)] == [OK, OK]
    filters = ({"isRead": "true"}, first["id"]), ({"isRead": "false"}, second.id), ({"source": 0}, first["id"]), ({"type": 3}, second.id)
    for about, found in filters:
        assert [row["id"] for row in data_of(await alice.post("/user/message/list", **about))["result"]] == [found]
    assert await alice.post("/user/message/del", id=second.id) == OK
    assert await alice.post("/user/message/del", id=second.id) == NO_LETTER
    assert data_of(await alice.post("/user/message/list"))["totalRow"] == 1
    assert data_of(await bob.post("/user/message/list"))["totalRow"] == 1
    unknown = await api.post(f"{OPS}/letters", as_user=operator, json={"user_id": 9999, "title": "x"})
    assert unknown.status == 422


async def test_a_member_code_is_good_for_minutes(api: Api, clock: HandClock) -> None:
    operator, alice = await hire(api), await sign_in(api)
    codes = [data_of(await alice.get("/user/dynamicUserCode")) for _ in range(2)]
    assert len(set(codes)) == 2 and all(len(code) == 18 and code.isdigit() for code in codes)
    path = f"{OPS}/member-codes"
    assert (await api.get(f"{path}/{codes[0]}", as_user=operator)).data["user_id"] == alice.uid
    assert (await api.get(path, as_user=operator, query={"q": codes[1]})).data["total"] == 1
    clock.advance(minutes=5, seconds=1)
    assert (await api.get(f"{path}/{codes[0]}", as_user=operator)).status == 404
    assert (await api.get(path, as_user=operator)).data["total"] == 0


SECRETS = ("阿丽丝", "13912345678", "秘密路", "悄悄话", "alice@example.com", "私人", "1980-01-01")


async def whole_database(api: Api) -> str:
    database = api.application.mongo.database
    kept: dict[str, Any] = {}
    for name in await database.list_collection_names():
        # What operators and guests did, and codes on their way out, go by their own time.
        if name not in ("mall_codes", "mall_code_counts", "changes"):
            kept[name] = [str(one) async for one in database[name].find()]
    return json.dumps(kept, ensure_ascii=False)


async def test_who_leaves_leaves_their_books_and_nobody_s_name(api: Api, clock: HandClock) -> None:
    operator, alice, bob = await hire(api), await sign_in(api, "阿丽丝"), await sign_in(api, "bob")
    freight = await put_up(api, operator, "freights", name="快递", is_free=True)
    made = await put_goods(api, operator, freight_id=freight["id"])
    contact = {**TO_ME, "linkMan": "阿丽丝", "mobile": "13912345678", "address": "秘密路 1 号"}
    await alice.post("/user/shipping-address/add", **contact)
    await alice.give(balance=100_000)
    orders = [await place(alice, {"goodsId": made["id"]}, **contact, remark="悄悄话", extJsonStr='{"说": "私人"}') for _ in range(3)]
    for order in orders[:2]:
        await alice.post("/order/pay", orderId=order["id"])
    shipment = {"carrier": "顺丰", "tracking": "SF1"}
    await act(api, operator, "orders", orders[0]["id"], "ship", **shipment)
    await alice.post("/order/delivery", orderId=orders[0]["id"])
    await alice.post("/user/modify", birthday="1980-01-01", extJsonStr='{"说": "私人"}')
    await alice.post("/user/wxapp/bindMobile/v2", code="13912345678")
    await alice.post("/shopping-cart/add", goodsId=made["id"], number=1)
    await bob.post("/user/friend/add", uid=alice.uid)
    await put_up(api, operator, "letters", user_id=alice.uid, title="阿丽丝您好")
    activity = await put_up(api, operator, "activities", title="体检", takes_teams=True)
    booked = data_of(await alice.post("/yuyue/join", yuyueId=activity["id"], extJsonStr='{"姓名": "阿丽丝"}', remark="悄悄话", teamName="阿丽丝队"))
    queue = await put_up(api, operator, "queues", name="小桌")
    await alice.post("/queuing/get", typeId=queue["id"], mobile="13912345678")
    poll = await put_up(api, operator, "polls", title="最美", options=[{"title": "甲"}])
    await alice.post("/vote/vote", voteId=poll["id"], items="1", remark="悄悄话")
    await alice.post("/json/set", type="diary", content='{"说": "悄悄话"}')
    await alice.get("/user/dynamicUserCode")
    before = await api.application.mongo.database.mall_entries.find().to_list(None)

    assert (await Shopper(api).post("/user/delete"))["code"] == 2000
    assert await alice.post("/user/delete") == OK
    assert (await alice.get("/user/detail"))["code"] == (await alice.post("/user/delete"))["code"] == 2000
    kept = await look_at(api, operator, "orders", orders[1]["id"])
    assert (kept["receiver"], kept["mobile"]) == ("阿丽丝", "13912345678")  # it is paid, and still to be sent
    await act(api, operator, "orders", orders[1]["id"], "ship", **shipment)
    await api.application.services.mall.ordering.orders.close_overdue()
    database = api.application.mongo.database
    await database.mall_orders.update_one({"_id": orders[1]["id"]}, {"$set": {"status": 3}})  # as it is received, in time
    clock.advance(minutes=40)
    await api.application.services.accounts.erasure.finish()
    text = await whole_database(api)
    assert [secret for secret in SECRETS if secret in text] == []
    assert await api.application.mongo.database.mall_entries.find().to_list(None) == before
    assert (await look_at(api, operator, "orders", orders[0]["id"]))["real"] == kept["real"]
    assert (await look_at(api, operator, "members", alice.uid))["nickname"] == DELETED_NAME
    assert data_of(await bob.post("/yuyue/info/teams", yuyueId=activity["id"]))["result"][0]["name"] == ""
    members = data_of(await bob.post("/yuyue/info/team/members", teamId=booked["teamId"]))["result"]
    assert (members[0]["uid"], members[0]["nick"]) == (alice.uid, DELETED_NAME)
    assert (await build_mall_audit(api.application.stores.mall, clock).audit()).findings == []
    # By the same way in comes somebody new.
    assert (await sign_in(api, "阿丽丝")).uid != alice.uid


async def test_operators_do_not_leave_by_themselves(api: Api) -> None:
    alice = await sign_in(api)
    await api.application.mongo.database.users.update_one({"_id": alice.uid}, {"$set": {"roles": ["operator"]}})
    api.application.services.mall.tokens.forget(alice.uid)
    assert (await alice.post("/user/delete"))["code"] == 1000
    assert (await alice.get("/user/detail"))["code"] == 0
