"""An auctioneer imports a sheet: looked at with every problem, sold by one press, asked how far it is."""
from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

from server.domain.accounts.users import Role
from tests.api import PATIENCE_SECONDS, Answer, Api
from tests.builders import make_user

IMPORTS = "/api/ops/auctions/imports"
PLAN = {"issue": 31, "start_at": "2099-01-01 20:00:00", "end_at": "2099-01-01 22:00:00", "name": "春拍.csv", "step": 500}
HEADINGS = "sn,category,score,sn_no,low_price,top_price\n"
GOOD = HEADINGS + "A1,龙钞,67E,豹子号,20000,40000\nA2,生肖,,,30000,90000\n"
BAD = HEADINGS + "A1,龙钞,67E,豹子号,20000,40000\nA1,,,,abc,90000\n"


async def look(api: Api, content: str, user: Any, **plan: Any) -> Answer:
    return await api.ask(
        "POST", f"{IMPORTS}?{urlencode(PLAN | plan)}", as_user=user, body=content.encode(), headers={"Content-Type": "text/csv"}
    )


async def until_ended(api: Api, job_id: str, user: Any) -> Any:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (job := (await api.get(f"{IMPORTS}/{job_id}", as_user=user)).data["job"])["state"] == "running":
            await asyncio.sleep(0.05)
    return job


async def test_a_sheet_is_looked_at_with_every_problem_and_sold_by_one_press(api: Api) -> None:
    user = await make_user(api.application, "Olive", roles=[Role.AUCTIONEER])
    refused = (await look(api, BAD, user)).json["data"]
    told = [(one["line"], one["column"], one["reason"]) for one in refused["job"]["problems"]]
    assert (refused["job"]["state"], refused["goods"]) == ("refused", [])
    assert told == [(3, "category", "required"), (3, "low_price", "not_whole"), (3, "sn", "repeated:2")]
    assert (await api.post(f"{IMPORTS}/{refused['job']['id']}/start", as_user=user, json={})).json["error"] == "already_begun"

    looked = await look(api, GOOD, user)
    assert looked.status == 201
    job_id = looked.json["data"]["job"]["id"]
    assert [(one["line"], one["sn"], one["step"]) for one in looked.json["data"]["goods"]] == [(2, "A1", 500), (3, "A2", 500)]
    assert (await api.get(f"{IMPORTS}/{job_id}", as_user=user)).data == looked.json["data"]
    assert (await api.get("/api/ops/auctions/groups?issue=31", as_user=user)).data["total"] == 0

    begun = await api.post(f"{IMPORTS}/{job_id}/start", as_user=user, json={})
    assert begun.data["state"] == "running"
    job = await until_ended(api, job_id, user)
    assert (job["state"], job["done"], job["total"]) == ("done", 2, 2)
    lots = (await api.get(f"/api/ops/auctions/lots?group_id={job['group_id']}&sort=position", as_user=user)).data["list"]
    assert [(lot["sn"], lot["low_price"], lot["step"]) for lot in lots] == [("A1", 20000, 500), ("A2", 30000, 500)]
    again = await api.post(f"{IMPORTS}/{job_id}/start", as_user=user, json={})
    assert (again.status, again.json["error"]) == (409, "already_begun")
    assert (await look(api, GOOD, user)).json["error"] == "issue_exists"
    assert sorted(one["state"] for one in (await api.get(IMPORTS, as_user=user)).data) == ["done", "refused"]


async def test_what_is_no_sheet_is_refused_and_so_are_terms_that_cannot_be(api: Api) -> None:
    user = await make_user(api.application, "Olive", roles=[Role.AUCTIONEER])
    picture = await look(api, "\x89PNG", user, name="a.xlsx")
    assert (picture.status, picture.json["data"].keys()) == (422, {"file"})
    assert (await look(api, "", user)).json["data"].keys() == {"file"}
    early = await look(api, GOOD, user, end_at="2098-01-01 22:00:00")
    assert (early.status, early.json["error"]) == (409, "ends_too_early")
    clerk = await make_user(api.application, "Sam", roles=[Role.SHOP_STAFF])
    assert (await look(api, GOOD, clerk)).status == 403


async def test_an_import_that_was_cut_off_leaves_nothing_on_sale_and_may_be_begun_again(api: Api) -> None:
    user = await make_user(api.application, "Olive", roles=[Role.AUCTIONEER])
    jobs = api.application.services.auctions.import_jobs
    job_id = (await look(api, GOOD, user)).json["data"]["job"]["id"]
    await jobs.begin(job_id)
    await jobs.stop()
    job = (await api.get(f"{IMPORTS}/{job_id}", as_user=user)).data["job"]
    assert (job["state"], job["failure"]) == ("failed", "interrupted")
    assert (await api.get("/api/ops/auctions/groups?issue=31", as_user=user)).data["total"] == 0
    await api.post(f"{IMPORTS}/{job_id}/start", as_user=user, json={})
    assert (await until_ended(api, job_id, user))["state"] == "done"
