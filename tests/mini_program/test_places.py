"""Regions and where parcels go, by the SDK's functions."""
from __future__ import annotations

from tests.mini_program.sdk import Sdk


async def test_pickers_of_regions(sdk: Sdk) -> None:
    for provinces, children in (("province", "nextRegion"), ("provinceV2", "nextRegionV2")):
        code = (await sdk.data_of(provinces))[10]["id"]
        while True:
            answer = await sdk.call(children, code)
            if answer["code"] == 700:
                break
            code = answer["data"][0]["id"]
        assert code[:2] == "33"


async def test_the_lists_of_the_reader_of_addresses(sdk: Sdk) -> None:
    cities = {city["id"] for city in await sdk.data_of("cityV2")}
    assert {district["pid"] for district in await sdk.data_of("districts")} == cities
