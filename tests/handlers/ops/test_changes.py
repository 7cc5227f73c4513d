"""操作日志: what is kept of every change, and that neither is there without the other, whatever dies."""
from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

import pytest

from server.bootstrap import Application
from server.domain.changes import Cause
from server.domain.groupbuy.areas import AreaTerms
from server.domain.groupbuy.offers import State
from server.storage import changes
from tests.api import Api
from tests.catalogue import make_offer
from tests.clock import HandClock
from tests.nouns import Desk, open_desk, refused

# A server that is killed with -9 at a moment of its work on areas.
DYING = """
import asyncio, os, signal, sys
from server.composition.groupbuy import build_groupbuy
from server.domain.changes import Cause
from server.domain.clock import SystemClock
from server.domain.groupbuy.areas import AreaTerms
from server.storage import changes, mongo, table
from server.storage.groupbuy import GroupbuyStores

url, name, moment, verb, area_id = sys.argv[1:]

async def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

async def die_halfway(things, log, id, carrying, **_):
    if carrying:
        await log.insert_one(carrying[changes.CARRIED])
        await die()

async def work():
    opened = mongo.Mongo(url, name)
    areas = build_groupbuy(GroupbuyStores.of(opened.database, opened.sequences), SystemClock()).areas
    if moment == "before":
        table.Table._carried = die
    else:
        table.deliver = die if moment == "after" else die_halfway
    because = Cause(7, "killed")
    if verb == "add":
        await areas.add(AreaTerms(name="新区"), because)
    elif verb == "change":
        await areas.change(int(area_id), {"name": "新区"}, because)
    else:
        await areas.remove(int(area_id), because)

asyncio.run(work())
"""


async def work_and_die(application: Application, moment: str, verb: str, area_id: int) -> None:
    config = application.config
    assert config.mongodb_url is not None
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", DYING, config.mongodb_url, config.mongodb_database, moment, verb, str(area_id)),
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == -signal.SIGKILL, errors.decode()


@pytest.mark.parametrize("verb", ["add", "change", "remove"])
@pytest.mark.parametrize("moment", ["before", "after", "halfway"])
async def test_a_change_and_its_entry_never_part(api: Api, monkeypatch: pytest.MonkeyPatch, moment: str, verb: str) -> None:
    monkeypatch.setattr(changes, "LOOK_SECONDS", 0.0)  # what was done but for the last of it waits for the next look
    desk = await open_desk(api, "groupbuy.areas")
    known = await desk.listed(limit=100)
    area = known[-1]
    await work_and_die(api.application, moment, verb, area["id"])
    found = await desk.listed(limit=100)
    entries = await desk.log()
    if moment == "before":
        assert (found, entries) == (known, [])
        return
    assert {
        "add": [one["name"] for one in found] == ["上海", "新区", "北京", "浦东新区", "海淀区"],
        "change": found[-1]["name"] == "新区" and len(found) == len(known),
        "remove": found == known[:-1],
    }[verb], found
    assert [(entry["verb"], entry["user_id"], entry["reason"]) for entry in entries] == [(verb, 7, "killed")]
    areas = api.application.mongo.database.groupbuy_areas
    assert await areas.count_documents({"unlogged": {"$ne": None}}) == 0
    assert await areas.count_documents({}) == len(found)
    assert await desk.log() == entries


@pytest.mark.parametrize("moment", ["after", "halfway"])
async def test_the_next_change_keeps_the_entry_that_was_left_behind(api: Api, moment: str) -> None:
    desk = await open_desk(api, "groupbuy.areas")
    area = (await desk.listed())[0]
    await work_and_die(api.application, moment, "change", area["id"])
    again = await desk.ask("PATCH", desk.path_of(area), json={"name": "旧区", "revision": area["revision"] + 1})
    assert again.data["name"] == "旧区"
    newest, left_behind = await desk.log()
    assert (newest["before"]["name"], newest["after"]["name"]) == ("新区", "旧区")
    assert (left_behind["before"]["name"], left_behind["after"]["name"]) == (area["name"], "新区")


async def test_of_many_who_change_the_same_at_once_each_is_told_what_the_log_says(api: Api) -> None:
    desk = await open_desk(api, "groupbuy.areas")
    area = (await desk.listed())[0]
    sent = [{"name": f"区{number}", "revision": area["revision"]} for number in range(8)]
    answers = await asyncio.gather(*(desk.ask("PATCH", desk.path_of(area), json=one) for one in sent))
    (won,) = [answer for answer in answers if answer.status == 200]
    assert {refused(answer) for answer in answers if answer is not won} == {(409, "changed_meanwhile")}
    (entry,) = await desk.log()
    assert entry["after"]["name"] == won.data["name"] == (await desk.ask("GET", desk.path_of(area))).data["name"]


async def test_the_log_is_asked_by_thing_user_and_time(api: Api, clock: HandClock) -> None:
    desk = await open_desk(api, "groupbuy.areas")
    areas = api.application.services.groupbuy.areas
    clock.advance(seconds=0.5)  # who asks by the second that is shown means all of it
    for number, user_id in enumerate((None, 5, desk.user.id)):
        await areas.add(AreaTerms(name=f"区{number}"), Cause(user_id))
        clock.advance(hours=1)
    await Desk(api, desk.user, "groupbuy.shops").add()

    async def asked(**query: Any) -> list[str]:
        answer = await api.get("/api/ops/log", as_user=desk.user, query=query)
        assert answer.data["total"] == len(answer.data["list"])
        return [entry["after"]["name"] for entry in answer.data["list"]]

    assert await asked() == ["新店", "区2", "区1", "区0"]
    assert await asked(noun="groupbuy.areas") == ["区2", "区1", "区0"]
    assert await asked(noun="groupbuy.areas", id="28") == ["区1"]
    assert await asked(user=5) == ["区1"]
    assert await asked(user=desk.user.id) == ["新店", "区2"]
    assert await asked(**{"from": "2036-06-01 13:00:00", "to": "2036-06-01T14:00:00+08:00"}) == ["区2", "区1"]
    assert await asked(noun="nothing") == []
    page = (await api.get("/api/ops/log", as_user=desk.user, query={"page": 2, "limit": 3})).data
    assert ([entry["after"]["name"] for entry in page["list"]], page["current_page"], page["total"]) == (["区0"], 2, 4)
    for wrong in ({"from": "yesterday"}, {"to": "1999-01-01 00:00:00"}, {"user": "0"}, {"limit": 101}):
        answer = await api.get("/api/ops/log", as_user=desk.user, query=wrong)
        assert refused(answer) == (422, "invalid_input") and answer.json["data"].keys() == wrong.keys()


async def test_large_numbers_are_in_the_log_as_they_are(api: Api) -> None:
    desk = await open_desk(api, "groupbuy.price-ranges")
    added = await desk.add(start=2**33, end=2**34)
    assert [entry["after"] for entry in await desk.log()] == [added]


async def test_an_action_is_in_the_log_with_its_reason(api: Api) -> None:
    desk = await open_desk(api, "groupbuy.offers")
    offer = await make_offer(api.application, state=State.AWAITING_REVIEW)
    await desk.ask("POST", f"/{offer.id}/approve", json={"reason": "资料齐全"})
    await desk.ask("POST", f"/{offer.id}/close", json={"reason": "商家申请"})
    assert refused(await desk.ask("POST", f"/{offer.id}/close", json={})) == (422, "invalid_input")
    told = [(entry["verb"], entry["before"]["state"], entry["after"]["state"], entry["reason"]) for entry in await desk.log()]
    assert told == [("close", 2, 5, "商家申请"), ("approve", 1, 2, "资料齐全")]


async def test_what_was_taken_back_lets_nobody_in_though_its_server_died(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await open_desk(api, "accounts.invitations")
    added = await desk.add()

    async def died(*_: object, **__: object) -> None:
        """Before it told the log."""

    monkeypatch.setattr("server.storage.table.deliver", died)
    await desk.ask("DELETE", desk.path_of(added))
    stores = api.application.stores.accounts
    assert not await stores.invitations.take_use(added["code"], api.application.clock.now())
    assert await stores.invitations.find(added["code"]) is None
    assert [entry["verb"] for entry in await desk.log()] == ["remove", "add"]
