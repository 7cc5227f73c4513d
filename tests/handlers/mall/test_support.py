"""微信客服 over HTTP: agents, their talks, what WeChat pushes, and what is brought back."""
from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Any

from server.composition.mall import build_mall_audit
from tests.api import Answer, Api
from tests.belongings import picture
from tests.clock import HandClock
from tests.handlers.mall.community import look_at, put_up
from tests.handlers.mall.ordering import OPS, act, hire
from tests.mall import Shopper, data_of, sign_in
from tests.nouns import refused

OK = {"code": 0, "msg": "success"}
NOT_SERVING, NO_TALK = {"code": 20000, "msg": "商户号有误或者你还不是该商户的客服"}, {"code": 20000, "msg": "kfid 不正确"}
SPENT = {"code": 30000, "msg": "回复失败，48小时内可发送最多5条消息"}
SHOP = "951"


def signed(**about: str) -> dict[str, str]:
    """As WeChat signs in development."""
    told = {"timestamp": "1409735669", "nonce": "132"}
    signature = hashlib.sha1("".join(sorted(("sandbox", *told.values()))).encode()).hexdigest()
    return {**told, "signature": signature, **about}


async def push(api: Api, number: str, text: str, open_id: str = "alice", **about: Any) -> Answer:
    message = {"ToUserName": "gh", "FromUserName": open_id, "CreateTime": 1, "MsgType": "text", "Content": text, "MsgId": number, **about}
    return await api.ask("POST", "/mall/weixin/receive", query=signed(), body=json.dumps(message).encode())


async def hire_agent(api: Api, name: str) -> Shopper:
    """A member whom the staff has invited."""
    operator = await hire(api, f"for {name}")
    ticket = (await put_up(api, operator, "support-invitations", remark=name))["id"]
    agent = await sign_in(api, name)
    assert await agent.post("/kefu/employer/bind", ticket=ticket) == OK
    return agent


async def test_wechat_is_known_by_its_signature(api: Api) -> None:
    for method in ("GET", "POST"):
        answer = await api.ask(method, "/mall/weixin/receive", query=signed(echostr="5678"))
        assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, b"5678", "text/plain; charset=utf-8")
        for wrong in (signed(echostr="5678", signature="0" * 40), {"echostr": "5678"}, {}):
            answer = await api.ask(method, "/mall/weixin/receive", query=wrong)
            assert (answer.status, answer.json["code"]) == (200, 403)
    forged = await api.ask("POST", "/mall/weixin/receive", query=signed(signature="x"), body=b"<xml><MsgType>text</MsgType></xml>")
    assert forged.json["code"] == 403
    assert (await api.ask("POST", "/mall/weixin/receive", query=signed(), body=b"<xml>")).json["code"] == 403
    event = b"<xml><FromUserName>o</FromUserName><MsgType>event</MsgType><Event>user_enter_tempsession</Event></xml>"
    assert (await api.ask("POST", "/mall/weixin/receive", query=signed(), body=event)).body == b"success"
    assert await api.application.mongo.database.mall_support_talks.count_documents({}) == 0


async def test_what_is_pushed_again_is_kept_once(api: Api) -> None:
    await sign_in(api, "alice")
    answers = await asyncio.gather(*(push(api, str(n % 3), f"第 {n % 3} 句") for n in range(12)))
    assert {answer.body for answer in answers} == {b"success"}
    database = api.application.mongo.database
    assert await database.mall_support_talks.count_documents({}) == 1
    lines = await database.mall_support_lines.find().sort("number", 1).to_list(None)
    assert [line["number"] for line in lines] == [1, 2, 3] and len({line["text"] for line in lines}) == 3


async def test_an_invitation_makes_one_agent(api: Api, clock: HandClock) -> None:
    operator, people = await hire(api), [await sign_in(api, f"p{n}") for n in range(4)]
    ticket = (await put_up(api, operator, "support-invitations"))["id"]
    assert (await people[0].get("/kefu/employer/info", appid=SHOP))["code"] == 700
    assert (await people[0].get("/kefu/employer/list"))["code"] == 700
    answers = await asyncio.gather(*(one.post("/kefu/employer/bind", ticket=ticket) for one in people for _ in range(2)))
    assert [one["code"] for one in answers].count(0) == 2  # the same one, twice
    agent = people[next(at for at, one in enumerate(answers) if one["code"] == 0) // 2]
    assert {one["code"] for one in answers} == {0, 30000}
    assert data_of(await agent.get("/kefu/employer/info", appid=SHOP)) == {"appid": SHOP, "isWork": True, "dateAdd": "2036-06-01 12:00:00"}
    assert await agent.get("/kefu/employer/info", appid="1") == NOT_SERVING
    assert await agent.post("/kefu/employer/work", appid=SHOP, isWork="false") == OK
    assert data_of(await agent.get("/kefu/employer/list")) == [{"appid": SHOP, "name": "", "isWork": False}]
    assert await agent.post("/kefu/employer/unbind", appid=SHOP) == OK
    for path in ("unbind", "work"):
        assert await agent.post(f"/kefu/employer/{path}", appid=SHOP, isWork="true") == NOT_SERVING
    assert await agent.get("/kefu/employer/statistics", appid=SHOP) == NOT_SERVING
    late = (await put_up(api, operator, "support-invitations"))["id"]
    clock.advance(days=1, seconds=1)
    for wrong in (late, "made-up", "x" * 100):
        assert await agent.post("/kefu/employer/bind", ticket=wrong) == {"code": 30000, "msg": "ticket 不正确"}


async def test_one_agent_receives_reads_and_answers(api: Api, clock: HandClock) -> None:
    alice, kim, lee = await sign_in(api, "alice"), await hire_agent(api, "kim"), await hire_agent(api, "lee")
    assert (await kim.post("/kefu/im/list", appid=SHOP))["code"] == 700
    await push(api, "1", "在吗？")
    await push(api, "2", "", MsgType="image", PicUrl="http://mmbiz.qpic.cn/1")
    [row] = data_of(await kim.post("/kefu/im/list", appid=SHOP, status=0))["result"]
    assert (row["uid"], row["nick"], row["statusStr"], row["isReply"], row["content"]) == (alice.uid, "alice", "等待接待", False, "[图片]")
    kfid = row["id"]
    assert data_of(await lee.get("/kefu/employer/statistics", appid=SHOP)) == {"waiting": 1, "receiving": 0, "received": 0}
    for one in (alice, Shopper(api)):
        assert (await one.post("/kefu/im/list", appid=SHOP))["code"] in (20000, 2000)
        assert (await one.post("/kefu/im/reception", kfid=kfid))["code"] in (20000, 2000)
    assert await kim.post("/kefu/im/reply", kfid=kfid, content="您好") == NO_TALK  # nobody has it yet
    await lee.post("/kefu/employer/work", appid=SHOP, isWork="false")
    assert (await lee.post("/kefu/im/reception", kfid=kfid))["msg"] == "请先上班"
    await lee.post("/kefu/employer/work", appid=SHOP, isWork="true")
    answers = await asyncio.gather(*(one.post("/kefu/im/reception", kfid=kfid) for one in (kim, lee) for _ in range(3)))
    won = kim if answers[0]["code"] == 0 else lee
    lost = lee if won is kim else kim
    assert [one["code"] for one in answers].count(0) == 3
    for path, about in (("logs", {}), ("mark-to-read", {}), ("reply", {"content": "x"}), ("reply/image", {"imageUrl": "/pictures/x.jpg"})):
        assert await lost.post(f"/kefu/im/{path}", kfid=kfid, **about) == NO_TALK
    assert (await lost.post("/kefu/im/reception", kfid=kfid))["msg"] == "已被其他客服接待"
    logs = data_of(await won.post("/kefu/im/logs", kfid=kfid))["result"]
    assert [(one["fromUser"], one["msgType"], one["content"], one.get("picUrl"), one["isRead"]) for one in logs] == [
        (True, "image", "", "http://mmbiz.qpic.cn/1", False), (True, "text", "在吗？", None, False)
    ]
    assert await won.post("/kefu/im/mark-to-read", kfid=kfid) == OK
    assert {one["isRead"] for one in data_of(await won.post("/kefu/im/logs", kfid=kfid))["result"]} == {True}

    shown = await api.ask("POST", f"{OPS}/pictures", as_user=await hire(api), body=picture(), headers={"Content-Type": "image/png"})
    address = shown.data["address"] if "address" in shown.data else shown.data["url"]
    assert await won.post("/kefu/im/reply/image", kfid=kfid, imageUrl=address) == OK
    for wrong in ("/pictures/none.jpg", "http://127.0.0.1/x.png", "file:///etc/passwd"):
        assert (await won.post("/kefu/im/reply/image", kfid=kfid, imageUrl=wrong))["code"] == 40000
    answers = await asyncio.gather(*(won.post("/kefu/im/reply", kfid=kfid, content=f"第 {n}") for n in range(8)))
    assert [one["code"] for one in answers].count(0) == 4 and SPENT in answers
    assert data_of(await won.post("/kefu/im/list", appid=SHOP, isReply="true"))["result"][0]["id"] == kfid
    await push(api, "3", "好的")
    assert await won.post("/kefu/im/reply", kfid=kfid, content="再见") == OK
    clock.advance(hours=48)
    assert await won.post("/kefu/im/reply", kfid=kfid, content="还在吗") == SPENT
    assert (await won.post("/kefu/im/reply", kfid=kfid, content=" "))["code"] == 300

    operator = await hire(api, "boss")
    assert (await look_at(api, operator, "support-talks", kfid))["lines"] == 9
    assert (await act(api, operator, "support-talks", kfid, "finish")).data["state"] == 2
    assert refused(await act(api, operator, "support-talks", kfid, "finish")) == (409, "talk_over")
    assert data_of(await won.get("/kefu/employer/statistics", appid=SHOP)) == {"waiting": 0, "receiving": 0, "received": 1}
    await push(api, "4", "又来了")
    assert data_of(await lost.post("/kefu/im/list", appid=SHOP, status=0))["result"][0]["id"] != kfid
    assert (await build_mall_audit(api.application.stores.mall, clock).audit()).findings == []
