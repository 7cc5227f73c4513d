"""The description as it is served."""
from __future__ import annotations

from tests.api import Api


async def test_the_description_is_served_as_json(api: Api) -> None:
    answer = await api.get("/openapi.json")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "max-age=60"
    assert answer.json["openapi"] == "3.1.0"
    assert {"/api/group", "/api/banners", "/openapi.json"} <= answer.json["paths"].keys()
