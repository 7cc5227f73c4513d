"""What the mall tells on the live channel: how far a queue is, and to operators what people write."""
from __future__ import annotations

from collections.abc import Awaitable, Callable

from server.domain.mall.community.support import Heard, LineKind
from tests.api import Api
from tests.handlers.mall.community import put_up
from tests.handlers.mall.ordering import act, hire
from tests.mall import sign_in
from tests.realtime.listening import Listener

Listen = Callable[..., Awaitable[Listener]]


async def test_a_number_that_is_called_moves_on_every_waiting_screen(listen: Listen, api: Api, other: Api) -> None:
    operator, alice = await hire(api), await sign_in(api)
    queue = await put_up(api, operator, "queues", name="小桌", minutes=7)
    channel = f"queue:{queue['id']}"
    here, there = await listen(), await listen(other)
    for listener in (here, there):
        told = await listener.ask("subscribe", channel=channel)
        state = {name: told["state"][name] for name in ("name", "current", "given", "minutes", "status")}
        assert state == {"name": "小桌", "current": 0, "given": 0, "minutes": 7, "status": 0}
    await alice.post("/queuing/get", typeId=queue["id"])
    await act(api, operator, "queues", queue["id"], "call-next")
    for listener in (here, there):
        moved = await listener.until(lambda event: event["type"] == "queue" and event["current"] == 1)
        assert (moved["channel"], moved["given"]) == (channel, 1)
    # What comes late is nothing new; what was lost on its way is looked for.
    versions = [event["version"] for event in there.of_type("queue")]
    assert versions == sorted(set(versions))
    lost = api.application.services.mall.community.queues
    api.application.ground.floor.take((await lost.get_queue(queue["id"])).told())
    await here.ask("ping")
    assert [event["version"] for event in here.of_type("queue")] == sorted({event["version"] for event in here.of_type("queue")})
    assert (await here.ask("subscribe", channel="queue:999"))["error"] == "not_found"


async def test_what_other_processes_lost_is_found_by_a_look(listen: Listen, api: Api) -> None:
    operator = await hire(api)
    queue = await put_up(api, operator, "queues", name="小桌")
    listener = await listen()
    await listener.ask("subscribe", channel=f"queue:{queue['id']}")
    change = {"$set": {"current": 5, "given": 9}, "$inc": {"moves": 1}}
    await api.application.mongo.database.mall_queues.update_one({"_id": queue["id"]}, change)
    assert (await listener.until(lambda event: event["type"] == "queue"))["current"] == 5


async def test_operators_are_told_what_people_write_and_what_they_missed(listen: Listen, api: Api, other: Api) -> None:
    operator, alice = await hire(api), await sign_in(api)
    console = await listen(other)
    await console.ask("auth", token=api.token_of(operator))
    await console.ask("subscribe", channel="ops")
    support = api.application.services.mall.community.support
    for _ in range(2):  # pushed again
        await support.hear(Heard(key="wechat:1", open_id="alice", kind=LineKind.TEXT, text="在吗"))
    heard = await console.until(lambda event: event["type"] == "support")
    assert {name: heard[name] for name in ("channel", "talk_id", "n", "user_id", "text")} == {
        "channel": "ops", "talk_id": 1, "n": 1, "user_id": alice.uid, "text": "在吗"
    }
    cursor = console.cursors["ops"]
    await console.close()
    await support.hear(Heard(key="wechat:2", open_id="alice", kind=LineKind.IMAGE, picture="http://mmbiz.qpic.cn/1"))
    again = await listen()
    await again.ask("auth", token=api.token_of(operator))
    missed = await again.ask("subscribe", channel="ops", cursor=cursor)
    assert [(entry["n"], entry["text"]) for entry in missed["bids"] if entry["type"] == "support"] == [(2, "[图片]")]
