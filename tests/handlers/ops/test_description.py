"""The description as it is served."""
from __future__ import annotations

import re

from tests.api import Api


async def test_the_description_is_served_as_json(api: Api) -> None:
    answer = await api.get("/openapi.json")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "max-age=60"
    assert answer.json["openapi"] == "3.1.0"
    assert {"/api/group", "/api/banners", "/openapi.json"} <= answer.json["paths"].keys()


async def test_the_page_of_the_description_takes_nothing_from_elsewhere(api: Api) -> None:
    page = await api.get("/docs")
    assert page.status == 200
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
    taken = re.findall(r'(?:href|src)="([^"]+)"', page.body.decode())
    assert any(path.endswith("/js/docs.js") for path in taken)
    for path in taken:
        assert path.startswith("/static/")
        assert (await api.get(path)).status == 200
