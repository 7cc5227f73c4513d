"""Subscribe messages: what bidders granted is sent once, while it matters, and operators see what became of each."""
from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient

from server.bootstrap import Application
from server.config import Config, MessageSettings
from server.domain.accounts.users import Role, User
from server.domain.auctions.goods import Lot, LotStatus
from tests.api import PATIENCE_SECONDS, Api
from tests.builders import Goods, make_group, make_user
from tests.clock import HandClock
from tests.handlers.ops.test_auctions import OPS, Podium, open_podium
from tests.outside.wechat import APP_ID, SECRET, Weather, WechatStandIn, standing_in

TEMPLATES = {
    "outbid": "WECHAT_MESSAGE_OUTBID",
    "ending": "WECHAT_MESSAGE_ENDING",
    "won": "WECHAT_MESSAGE_WON",
}
SETTINGS = MessageSettings.from_environment(
    {name: f"T-{kind} thing1=lot amount2=price time3=end thing4=note" for kind, name in TEMPLATES.items()}
    | {"WECHAT_MESSAGE_PAGE": "pages/lot/index?id={goods_id}"}
)


@pytest.fixture
def wechat(io_loop) -> Iterator[WechatStandIn]:
    with standing_in(io_loop) as running:
        yield running


@pytest.fixture
def config(config: Config, wechat: WechatStandIn) -> Config:
    return replace(config, wechat_appid=APP_ID, wechat_secret=SECRET, wechat_api_base=wechat.url, wechat_messages=SETTINGS)


@dataclass
class Sale:
    """Lots that people bid on, and what WeChat brings them."""

    api: Api
    clock: HandClock
    wechat: WechatStandIn
    podium: Podium
    lots: list[Lot]

    async def come(self, name: str) -> User:
        """Somebody who came by WeChat."""
        user = await make_user(self.api.application, name)
        self.wechat.register(f"o-{name}", name)
        return await self.api.application.stores.accounts.users.bind_identity(user.id, f"wechat:o-{name}", {})

    async def grant(self, user: User, *kinds: str, key: str | None = None, is_known: bool = True) -> Any:
        """Says yes in the mini-program, which reports it; WeChat knows of it too."""
        if is_known:
            self.wechat.grants.update((f"o-{user.nickname}", f"T-{kind}") for kind in kinds)
        accepted = {"accepted": [f"T-{kind}" for kind in kinds], "request_id": key}
        found = (await self.api.post("/api/reminders/grants", as_user=user, json=accepted)).data
        self.clock.advance(seconds=1)
        return {one["kind"]: one["granted"] for one in found["templates"]}

    async def bid(self, user: User, place: int, price: int, **more: Any) -> None:
        assert (await self.api.bid(user, self.lots[place], price, **more)).status == 200
        self.clock.advance(seconds=1)

    async def go_round(self, application: Application | None = None) -> None:
        """When what was bid has arrived and every process knows it, the post goes round."""
        application = application or self.api.application
        await self.api.application.auctions.desks.drain()
        for lot in self.lots:
            await self._until_known(lot.id, application)
        await application.reminders.post.go_round()

    async def _until_known(self, goods_id: int, application: Application) -> None:
        settles_after = self.clock.now() - timedelta(seconds=2)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                lot = await application.stores.auctions.lots.get_lot(goods_id)
                known = application.ground.floor.find_lot(goods_id)
                is_running = lot.paused_at is not None or lot.end_at > settles_after
                if lot.status is LotStatus.OPEN and is_running and lot.projected_seq >= lot.seq:
                    if known is not None and known.state.revision >= lot.revision:
                        return
                elif lot.announced_at is not None and (known is None or known.is_announced):
                    return
                application.auctions.looks.wake()
                await asyncio.sleep(0.02)

    async def rows(self, **asked: Any) -> list[tuple[Any, ...]]:
        """What operators see: kind, lot, state and why, the oldest first."""
        query = {"sort": "noticed_at", "limit": 100, **asked}
        found = (await self.api.get(f"{OPS}/reminders", as_user=self.podium.user, query=query)).data["list"]
        return [(one["kind"], one["goods_id"], one["state"], one["because"]) for one in found]

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """To whom, by which template, of which lot."""
        return [(one["touser"], one["template_id"], one["data"]["thing1"]["value"]) for one in self.wechat.messages]


@pytest.fixture
def sale(io_loop, api: Api, clock: HandClock, wechat: WechatStandIn) -> Sale:
    async def make() -> Sale:
        group = await make_group(api.application, *(Goods(id=145 + n, sn=f"SN{n}") for n in range(4)), id=7)
        lots = await api.application.stores.auctions.lots.list_lots(group.id)
        return Sale(api, clock, wechat, await open_podium(api), lots)

    return io_loop.run_sync(make)


async def test_an_outbid_bidder_who_granted_it_is_told_once(sale: Sale, io_loop, config: Config):
    alice, bob, carol = [await sale.come(name) for name in ("alice", "bob", "carol")]
    await sale.bid(alice, 1, 20000)
    await sale.bid(bob, 1, 20100)
    # Counted once for its key; of what was before nobody is told.
    assert await sale.grant(alice, "outbid", "outbid", "won", key="once") == {"outbid": 2, "ending": 0, "won": 1}
    assert await sale.grant(alice, "outbid", "outbid", "won", key="once", is_known=False) == {"outbid": 2, "ending": 0, "won": 1}
    await sale.bid(alice, 0, 20000)
    await sale.go_round()
    assert sale.told == []
    await sale.bid(bob, 0, 36003)
    await sale.go_round()
    await sale.go_round()
    assert sale.wechat.messages == [
        {
            "touser": "o-alice",
            "template_id": "T-outbid",
            "page": "pages/lot/index?id=145",
            "data": {
                "thing1": {"value": "SN0"},
                "amount2": {"value": "360.03元"},
                "time3": {"value": "2036-06-01 13:00"},
                "thing4": {"value": "出价已被超过"},
            },
        }
    ]
    shown = await AsyncHTTPClient().fetch(f"{sale.wechat.url}/stand-in/messages")
    assert json.loads(shown.body) == {"messages": sale.wechat.messages}
    # Another bid on it is the same event; one's own beaten again is another.
    await sale.bid(carol, 0, 36100)
    await sale.go_round()
    assert len(sale.told) == 1
    await sale.bid(alice, 0, 36200)
    await sale.bid(bob, 0, 36300)
    await sale.go_round()
    # Beaten and leading again before anybody looked: nothing to be told. Then no grant is left.
    await sale.bid(alice, 0, 36400)
    await sale.bid(bob, 0, 36500)
    await sale.bid(alice, 0, 36600)
    await sale.go_round()
    await sale.bid(bob, 0, 36700)
    await sale.go_round()
    assert sale.told == [("o-alice", "T-outbid", "SN0")] * 2
    assert await sale.rows() == [("outbid", 145, "sent", ""), ("outbid", 145, "sent", ""), ("outbid", 145, "not_sent", "no_grant")]
    [row] = (await sale.api.get(f"{OPS}/reminders", as_user=sale.podium.user, query={"because": "no_grant"})).data["list"]
    one = (await sale.api.get(f"{OPS}/reminders/{row['id']}", as_user=sale.podium.user)).data
    assert (one["user_id"], one["sn"], one["sent_at"], one["tries"]) == (alice.id, "SN0", None, 1)


async def test_ending_soon_and_won_are_told_once_to_those_who_take_part(sale: Sale):
    alice, bob = [await sale.come(name) for name in ("alice", "bob")]
    for user in (alice, bob):
        await sale.grant(user, "ending", "ending", "ending", "won", "won")
        await sale.bid(user, 0, 20000 if user is alice else 20100)
    await sale.bid(alice, 1, 20000)
    # Who watches takes part in it too.
    carol = await sale.come("carol")
    await sale.grant(carol, "ending")
    assert (await sale.api.put("/api/group/watched/147", as_user=carol)).status == 200
    await sale.go_round()
    assert sale.told == []
    assert (await sale.podium.lot(146, "pause")).status == 200
    sale.clock.advance(minutes=51)
    await sale.go_round()
    await sale.go_round()
    assert sorted(sale.told) == [("o-alice", "T-ending", "SN0"), ("o-bob", "T-ending", "SN0"), ("o-carol", "T-ending", "SN2")]
    # What is paused does not end; when it goes on it has its time back.
    assert (await sale.podium.lot(146, "resume")).status == 200
    sale.clock.advance(minutes=40)
    await sale.go_round()
    assert sale.told[3:] == [("o-bob", "T-won", "SN0")]
    sale.clock.advance(minutes=15)
    await sale.go_round()
    assert sale.told[4:] == [("o-alice", "T-ending", "SN1")]
    sale.clock.advance(hours=2)
    sale.wechat.end_access()  # its time was over
    await sale.api.wait_until_ended(7)
    await sale.go_round()
    await sale.go_round()
    assert sale.told[5:] == [("o-alice", "T-won", "SN1")]


async def test_what_waited_is_judged_again_before_it_is_sent(sale: Sale):
    alice, bob = [await sale.come(name) for name in ("alice", "bob")]
    await sale.grant(alice, *["outbid"] * 9)
    quiet = {"begin": "11:00", "end": "12:30"}
    answer = await sale.api.put("/api/reminders/quiet", as_user=alice, json=quiet)
    assert answer.data["quiet"] == (await sale.api.get("/api/reminders", as_user=alice)).data["quiet"] == quiet
    for place in range(4):
        await sale.bid(alice, place, 20000)
        await sale.bid(bob, place, 20100)
    await sale.go_round()
    assert [row[2:] for row in await sale.rows()] == [("waiting", "quiet")] * 4
    # Meanwhile one leads again, one is beaten once more, one is paused and one has its end.
    await sale.bid(alice, 0, 20200)
    await sale.bid(alice, 1, 20200)
    await sale.bid(bob, 1, 20300)
    assert (await sale.podium.lot(147, "pause")).status == 200
    assert (await sale.podium.lot(148, "end")).status == 200
    await sale.go_round()
    sale.clock.advance(minutes=30)
    await sale.go_round()
    assert sale.told == [("o-alice", "T-outbid", "SN1")]
    assert sorted(await sale.rows()) == [
        ("outbid", 145, "not_sent", "leads_again"),
        ("outbid", 146, "not_sent", "bid_again"),
        ("outbid", 146, "sent", ""),
        ("outbid", 147, "waiting", "paused"),
        ("outbid", 148, "not_sent", "ended"),
    ]
    assert (await sale.api.delete("/api/reminders/quiet", as_user=alice)).data["quiet"] is None
    assert (await sale.podium.lot(147, "resume")).status == 200
    sale.clock.advance(minutes=1)
    await sale.go_round()
    assert sale.told[1:] == [("o-alice", "T-outbid", "SN2")]


async def test_what_wechat_answers_decides_what_becomes_of_a_message(sale: Sale):
    alice, bob = [await sale.come(name) for name in ("alice", "bob")]
    wechat = sale.wechat

    async def outbid(place: int) -> None:
        await sale.bid(alice, place, 20000)
        await sale.bid(bob, place, 20100)
        await sale.go_round()

    async def left() -> int:
        return (await sale.grant(alice))["outbid"]

    await sale.grant(alice, *["outbid"] * 5)
    # The token was replaced by somebody else: another is fetched, and the message arrives.
    access = sale.api.application.accounts.access
    assert access is not None
    await access.get_token()
    wechat.end_access()
    await outbid(0)
    assert (await sale.rows(), await left(), len(sale.told)) == ([("outbid", 145, "sent", "")], 4, 1)
    # The day's quota: nothing more is asked until midnight in Shanghai.
    wechat.quota = 1
    await outbid(1)
    tried = wechat.messages_tried
    await sale.go_round()
    assert (await sale.rows(goods_id=146), await left(), wechat.messages_tried) == ([("outbid", 146, "waiting", "quota")], 4, tried)
    due = (await sale.api.get(f"{OPS}/reminders", as_user=sale.podium.user, query={"goods_id": 146})).data["list"][0]["due_at"]
    assert due.startswith("2036-06-02 00:00:00")


async def test_what_wechat_does_not_take_is_tried_again_and_what_it_does_not_answer_is_not(sale: Sale):
    alice, bob = [await sale.come(name) for name in ("alice", "bob")]
    wechat = sale.wechat
    await sale.grant(alice, *["outbid"] * 4)
    wechat.change_weather(Weather.BUSY)
    await sale.bid(alice, 0, 20000)
    await sale.bid(bob, 0, 20100)
    await sale.go_round()
    assert (await sale.rows(), await sale.grant(alice)) == ([("outbid", 145, "waiting", "away")], {"outbid": 4, "ending": 0, "won": 0})
    wechat.change_weather(Weather.FAIR)
    sale.clock.advance(seconds=6)
    await sale.go_round()
    assert len(sale.told) == 1
    # An answer that nobody can read: it may have been sent.
    wechat.change_weather(Weather.GARBLED)
    await sale.bid(alice, 1, 20000)
    await sale.bid(bob, 1, 20100)
    await sale.go_round()
    wechat.change_weather(Weather.FAIR)
    sale.clock.advance(minutes=10)
    await sale.go_round()
    assert (await sale.rows(goods_id=146), len(sale.told)) == ([("outbid", 146, "unknown", "no_answer")], 1)
    # WeChat knows of no grant, whatever the mini-program said: none is left.
    wechat.grants.clear()
    await sale.bid(alice, 2, 20000)
    await sale.bid(bob, 2, 20100)
    await sale.go_round()
    assert (await sale.rows(goods_id=147), (await sale.grant(alice))["outbid"]) == ([("outbid", 147, "not_sent", "no_grant")], 0)
    # And it will never take this.
    await sale.grant(alice, "outbid")
    del wechat.people["o-alice"]
    await sale.bid(alice, 3, 20000)
    await sale.bid(bob, 3, 20100)
    await sale.go_round()
    [row] = (await sale.api.get(f"{OPS}/reminders", as_user=sale.podium.user, query={"goods_id": 148})).data["list"]
    assert (row["state"], row["because"], row["answer"][:6]) == ("not_sent", "refused", "40003 ")
    assert (await sale.grant(alice))["outbid"] == 1


async def test_of_several_processes_one_sends_and_another_goes_on_after_it(sale: Sale, io_loop, config: Config, clock: HandClock):
    alice, bob = [await sale.come(name) for name in ("alice", "bob")]
    other = Application(config, clock)
    await other.start(makes_indexes=False)
    try:
        await sale.grant(alice, *["outbid"] * 4)
        for place in range(2):
            await sale.bid(alice, place, 20000)
            await sale.bid(bob, place, 20100)
        await asyncio.gather(sale.go_round(), sale.go_round(other))
        await asyncio.gather(sale.go_round(), sale.go_round(other))
        assert sorted(sale.told) == [("o-alice", "T-outbid", "SN0"), ("o-alice", "T-outbid", "SN1")]
        assert sale.wechat.access_asked == 1
    finally:
        await other.drain()
        await other.stop()


async def test_whoever_is_erased_leaves_no_grants_and_no_reminders(sale: Sale):
    admin = await make_user(sale.api.application, "admin", roles=[Role.ADMIN])
    alice, bob = [await sale.come(name) for name in ("alice", "bob")]
    await sale.grant(alice, "outbid")
    await sale.bid(alice, 0, 20000)
    await sale.bid(bob, 0, 20100)
    await sale.go_round()
    assert len(await sale.rows()) == 1
    stores = sale.api.application.stores
    await sale.api.application.services.accounts.erasure.delete_user(admin, str(alice.id))
    assert (await sale.rows(), await stores.reminders.reaches.find_reach(alice.id)) == ([], None)


async def test_what_is_no_time_and_no_template_is_refused(sale: Sale):
    alice = await sale.come("alice")
    for begin in ("24:00", "7:00", "07:60", ""):
        answer = await sale.api.put("/api/reminders/quiet", as_user=alice, json={"begin": begin, "end": "07:00"})
        assert (answer.status, list(answer.json["data"])) == (422, ["begin"])
    # Templates of others count nothing, and nobody counts for others.
    answer = await sale.api.post("/api/reminders/grants", as_user=alice, json={"accepted": ["T-other", "T-won"]})
    assert [one["granted"] for one in answer.data["templates"]] == [0, 0, 1]
    assert (await sale.api.post("/api/reminders/grants", json={"accepted": ["T-won"]})).status == 401
