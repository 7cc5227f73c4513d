"""地区."""
from __future__ import annotations

import pytest

from tests.api import Api


async def test_regions_are_listed_from_the_provinces_down_and_kept_for_a_day(api: Api) -> None:
    provinces = await api.get("/api/regions")
    assert (provinces.status, provinces.headers["Cache-Control"]) == (200, "public, max-age=86400")
    assert len(provinces.data) == 31 and provinces.data[0] == {"code": "110000000000", "name": "北京市", "level": 1}
    found = []
    for parent in ("330000000000", "330100000000", "330106000000", "330106002000"):
        answer = await api.get("/api/regions", query={"parent": parent})
        found.append((answer.json["code"], [(one["name"], one["level"]) for one in answer.data][:1]))
    assert found == [(20001, [("杭州市", 2)]), (20001, [("上城区", 3)]), (20001, [("北山街道", 4)]), (20001, [])]


@pytest.mark.parametrize(("parent", "status"), [("999999999999", 404), ("33", 422), ("x" * 12, 422)])
async def test_what_is_no_region_has_no_parts_and_that_is_not_kept(api: Api, parent: str, status: int) -> None:
    answer = await api.get("/api/regions", query={"parent": parent})
    assert (answer.status, answer.headers["Cache-Control"]) == (status, "no-store")
