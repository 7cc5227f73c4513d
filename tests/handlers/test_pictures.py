"""Tests of handlers/pictures.py."""
from __future__ import annotations

from dataclasses import replace

import pytest

from server.bootstrap import Application
from server.config import Config
from tests.api import Api
from tests.belongings import picture
from tests.processes.server import free_port

FOR_EVER = "public, max-age=31536000, immutable"


async def test_a_picture_is_kept_for_ever_and_named_by_its_tag(api: Api) -> None:
    given = await api.application.services.pictures.add_picture(picture())
    for address in (given.address, given.small_address, given.address + "_m"):
        answer = await api.get(address)
        assert (answer.status, answer.headers["Content-Type"], answer.headers["Cache-Control"]) == (200, "image/jpeg", FOR_EVER)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.body.startswith(b"\xff\xd8\xff")
        again = await api.get(address, headers={"If-None-Match": answer.headers["Etag"]})
        assert (again.status, again.body, again.headers["Cache-Control"]) == (304, b"", FOR_EVER)
        head = await api.ask("HEAD", address)
        assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(answer.body)))
    assert (await api.get(given.address)).headers["Etag"] != (await api.get(given.small_address)).headers["Etag"]


@pytest.mark.parametrize("name", ["0" * 32 + ".jpg", "x", "%2e%2e%2frun.py", "x" * 300])
async def test_what_there_is_not_is_404_and_not_kept(api: Api, name: str) -> None:
    answer = await api.get(f"/pictures/{name}")
    assert (answer.status, answer.headers["Cache-Control"]) == (404, "no-store")


async def test_pictures_are_read_only(api: Api) -> None:
    given = await api.application.services.pictures.add_picture(picture())
    for method in ("POST", "PUT", "DELETE", "BREW"):
        answer = await api.ask(method, given.address)
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.usefixtures("servers_patience")
async def test_a_database_that_is_away_is_told_as_such(config: Config) -> None:
    address = f"mongodb://127.0.0.1:{free_port()}/?directConnection=true&serverSelectionTimeoutMS=100"
    away = Application(replace(config, mongodb_url=address))
    asking = Api(away)
    try:
        answer = await asking.get(f"/pictures/{'0' * 32}.jpg")
        assert (answer.status, answer.headers["Cache-Control"], answer.headers["Retry-After"]) == (503, "no-store", "1")
    finally:
        await asking.close()
        await away.stop()
