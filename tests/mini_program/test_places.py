"""Regions and where parcels go, by the SDK's functions."""
from __future__ import annotations

from pathlib import Path

from tests.belongings import picture
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


async def test_addresses_as_their_pages_call_them(sdk: Sdk) -> None:
    token = (await sdk.data_of("authorize", code="alice"))["token"]
    assert (await sdk.call("defaultAddress", token))["code"] == 700
    place = {"provinceId": "330000000000", "cityId": "330100000000", "districtId": "330106000000"}
    told = {"token": token, "linkMan": "王五", "mobile": "13800138000", "address": "中山路 8 号", "isDefault": "true", **place}
    first = (await sdk.data_of("addAddress", told))["id"]
    second = (await sdk.data_of("addAddress", {**told, "latitude": 30.2, "longitude": 120.1}))["id"]
    await sdk.data_of("updateAddress", token=token, id=first, isDefault=True)
    assert (await sdk.data_of("defaultAddress", token))["info"]["id"] == first
    assert (await sdk.data_of("addressDetail", token, second))["info"]["isDefault"] is False
    assert [row["id"] for row in await sdk.data_of("queryAddress", token)] == [first, second]
    await sdk.data_of("deleteAddress", token, first)
    assert (await sdk.data_of("queryAddressV2", token=token))["totalRow"] == 1


async def test_codes_to_be_scanned(sdk: Sdk) -> None:
    assert await sdk.data_of("commonQrcode", content="https://mall.example", width=650)
    assert await sdk.data_of("wxaQrcode", scene="inviter_id=12", page="pages/index/index", is_hyaline=True, expireHours=1)


async def test_pictures_are_put_up(sdk: Sdk, tmp_path: Path) -> None:
    token = (await sdk.data_of("authorize", code="alice"))["token"]
    file = tmp_path / "photo.png"
    file.write_bytes(picture())
    address = (await sdk.data_of("uploadFileV2", token, str(file)))["url"]
    assert (await sdk.data_of("uploadFile", token, str(file), 1))["url"] == address
    assert (await sdk.call("uploadFileList", ""))["code"] == 700
    assert (await sdk.call("uploadFileFromUrl", address, ".png"))["code"] == 601  # it is not public
