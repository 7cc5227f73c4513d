"""An auctioneer imports a sheet: looked at with every problem, sold by one press, asked how far it is."""
from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from server.domain.accounts.users import Role
from server.domain.auctions.import_archives import KEPT_FOR, MAX_ARCHIVE_BYTES, PIECE_BYTES
from server.domain.auctions.import_jobs import LOST_AFTER
from server.domain.pictures import picture_id
from tests.api import PATIENCE_SECONDS, Answer, Api
from tests.belongings import picture
from tests.builders import make_user
from tests.clock import HandClock

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
        while (job := (await api.get(f"{IMPORTS}/{job_id}", as_user=user)).data["job"])["state"] in ("running", "looking"):
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


# Pictures

WITH_PICTURES = GOOD.replace("top_price", "top_price,pictures").replace("40000", "40000,{first}").replace("90000", "90000,{second}")
NOISE = bytes(PIECE_BYTES)  # after a picture's end, where no reader looks


def pack(files: Mapping[str, bytes], packed_as: int = ZIP_STORED) -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w", packed_as) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


async def put_piece(api: Api, job_id: str, number: int, content: bytes, user: Any) -> Answer:
    headers = {"Content-Type": "application/octet-stream"}
    return await api.ask("PUT", f"{IMPORTS}/{job_id}/archive/{number}", as_user=user, body=content, headers=headers)


async def send(api: Api, sheet: str, archive: bytes, user: Any, **plan: Any) -> str:
    """The import that has all of the archive and waits to be looked at."""
    asked = await look(api, sheet, user, archive_bytes=len(archive), archive_name="图片.zip", **plan)
    job = asked.json["data"]["job"]
    assert (job["state"], job["archive"]) == ("waiting", {"name": "图片.zip", "size": len(archive), "piece_bytes": PIECE_BYTES}), asked.body
    for number, start in enumerate(range(0, len(archive), PIECE_BYTES), 1):
        assert (await put_piece(api, job["id"], number, archive[start : start + PIECE_BYTES], user)).status == 200
    return job["id"]


async def look_at_pictures(api: Api, job_id: str, user: Any) -> Any:
    begun = await api.post(f"{IMPORTS}/{job_id}/look", as_user=user, json={})
    assert begun.data["state"] == "looking"
    return await until_ended(api, job_id, user)


async def test_every_picture_that_cannot_be_shown_is_told_before_anything_is_sold(api: Api) -> None:
    user = await make_user(api.application, "Olive", roles=[Role.AUCTIONEER])
    sheet = WITH_PICTURES.format(first="own.jpg gone.jpg", second="http://127.0.0.1:9/a.jpg")
    files = {"own.jpg": picture(), "A1-2.png": b"<svg/>", "A2.jpg": bytes(12 * 2**20 + 1), "合影.jpg": picture(), "../A2.jpg": picture()}
    refused = await look_at_pictures(api, await send(api, sheet, pack(files, ZIP_DEFLATED), user), user)
    assert refused["state"] == "refused"
    assert [(one["line"], one["column"], one["reason"], one["text"]) for one in refused["problems"]] == [
        (2, "pictures", "not_in_archive", "gone.jpg"),
        (2, "pictures", "not_a_picture", "A1-2.png"),
        (3, "pictures", "not_public", "http://127.0.0.1:9/a.jpg"),
        (3, "pictures", "file_too_large:12288", "A2.jpg"),
        (0, "pictures", "of_no_row", "合影.jpg"),
        (0, "pictures", "leads_out", "../A2.jpg"),
    ]
    for content in (b"no archive", pack({"A1.jpg": picture()})[:-9]):
        none = await look_at_pictures(api, await send(api, GOOD, content, user), user)
        assert [(one["line"], one["reason"]) for one in none["problems"]] == [(0, "not_an_archive")]
    assert await api.application.mongo.database.import_pieces.count_documents({}) == 0

    # of addresses alone too, which needs no word
    asked = await look(api, WITH_PICTURES.format(first="ftp://a.example/1", second=""), user)
    alone = asked.json["data"]["job"]
    assert alone["state"] == "looking"
    ended = await until_ended(api, alone["id"], user)
    assert [(one["line"], one["reason"]) for one in ended["problems"]] == [(2, "not_an_address")]
    assert (await api.post(f"{IMPORTS}/{alone['id']}/start", as_user=user, json={})).json["error"] == "already_begun"
    assert (await api.get("/api/ops/auctions/groups?issue=31", as_user=user)).data["total"] == 0


async def test_pictures_of_an_archive_are_shown_with_their_lots_and_then_sold_with_them(api: Api) -> None:
    user = await make_user(api.application, "Olive", roles=[Role.AUCTIONEER])
    front, back, own = picture("red") + NOISE, picture("blue") + NOISE, picture("green")
    archive = pack({"A1_back.png": back, "A1.png": front, "x/own.jpg": own})
    sheet = WITH_PICTURES.format(first="", second="x/own.jpg")
    too_large = await look(api, sheet, user, archive_bytes=MAX_ARCHIVE_BYTES + 1)
    assert (too_large.status, too_large.json["data"].keys()) == (422, {"archive_bytes"})

    job_id = (await look(api, sheet, user, archive_bytes=len(archive))).json["data"]["job"]["id"]
    address, pieces = f"{IMPORTS}/{job_id}", [archive[start : start + PIECE_BYTES] for start in range(0, len(archive), PIECE_BYTES)]
    assert len(pieces) == 3
    for number, content, problem in ((1, pieces[2], "file"), (3, pieces[0], "file"), (4, pieces[2], "piece"), (1, b"", "file")):
        wrong = await put_piece(api, job_id, number, content, user)
        assert (wrong.status, wrong.json["data"].keys()) == (422, {problem})
    clerk = await make_user(api.application, "Sam", roles=[Role.SHOP_STAFF])
    assert (await put_piece(api, job_id, 1, pieces[0], clerk)).status == 403
    for number in (3, 1, 1):  # in any order; one is sent again
        assert (await put_piece(api, job_id, number, pieces[number - 1], user)).data["state"] == "waiting"
    assert (await api.post(f"{address}/look", as_user=user, json={})).json["error"] == "archive_incomplete"
    assert (await api.post(f"{address}/start", as_user=user, json={})).json["error"] == "already_begun"
    await put_piece(api, job_id, 2, pieces[1], user)
    looked = await look_at_pictures(api, job_id, user)
    assert (looked["state"], looked["done"], looked["total"]) == ("ready", 3, 3)

    goods = (await api.get(address, as_user=user)).data["goods"]
    assert [[one["name"] for one in lot["pictures"]] for lot in goods] == [["A1.png", "A1_back.png"], ["x/own.jpg"]]
    assert goods[0]["pictures"][0]["address"].startswith(f"/pictures/{picture_id(front)}.")
    assert (await api.get(goods[0]["pictures"][0]["small_address"])).status == 200
    assert (await put_piece(api, job_id, 1, pieces[0], user)).json["error"] == "already_begun"
    assert (await api.get("/api/ops/auctions/groups?issue=31", as_user=user)).data["total"] == 0

    assert (await api.post(f"{address}/start", as_user=user, json={})).data["state"] == "running"
    done = await until_ended(api, job_id, user)
    assert (done["state"], done["done"]) == ("done", 2)
    lots = (await api.get(f"/api/ops/auctions/lots?group_id={done['group_id']}&sort=position", as_user=user)).data["list"]
    assert [lot["pictures"] for lot in lots] == [[one["address"] for one in lot["pictures"]] for lot in goods]


async def test_a_look_that_was_cut_off_is_told_and_goes_on_with_what_was_sent(api: Api, clock: HandClock) -> None:
    user = await make_user(api.application, "Olive", roles=[Role.AUCTIONEER])
    jobs, database = api.application.services.auctions.import_jobs, api.application.mongo.database
    job_id = await send(api, GOOD, pack({"A1.jpg": picture()}), user)
    await jobs.look(job_id)
    await jobs.stop()
    job = (await api.get(f"{IMPORTS}/{job_id}", as_user=user)).data["job"]
    assert (job["state"], job["failure"]) == ("waiting", "interrupted")

    # its process was killed, and could not tell
    await database.import_jobs.update_one({"_id": job_id}, {"$set": {"state": "looking", "failure": None}})
    assert (await api.post(f"{IMPORTS}/{job_id}/look", as_user=user, json={})).json["error"] == "already_begun"
    clock.advance(seconds=LOST_AFTER.total_seconds() + 1)
    job = (await api.get(f"{IMPORTS}/{job_id}", as_user=user)).data["job"]
    assert (job["state"], job["failure"]) == ("waiting", "lost")
    assert (await look_at_pictures(api, job_id, user))["state"] == "ready"
    await jobs.begin(job_id)
    await jobs.stop()
    job = (await api.get(f"{IMPORTS}/{job_id}", as_user=user)).data["job"]
    assert (job["state"], job["failure"]) == ("failed", "interrupted")
    await api.post(f"{IMPORTS}/{job_id}/start", as_user=user, json={})
    done = await until_ended(api, job_id, user)
    assert done["state"] == "done"
    lots = (await api.get(f"/api/ops/auctions/lots?group_id={done['group_id']}&sort=position", as_user=user)).data["list"]
    assert [len(lot["pictures"]) for lot in lots] == [1, 0]


async def test_an_archive_that_nobody_looks_at_is_dropped(api: Api, clock: HandClock) -> None:
    user = await make_user(api.application, "Olive", roles=[Role.AUCTIONEER])
    forgotten = await send(api, GOOD, b"forgotten", user)
    clock.advance(seconds=KEPT_FOR.total_seconds() + 1)
    await send(api, GOOD, b"another", user)
    assert await api.application.mongo.database.import_pieces.count_documents({}) == 1
    assert (await api.post(f"{IMPORTS}/{forgotten}/look", as_user=user, json={})).json["error"] == "archive_incomplete"
