"""文件上传, over HTTP."""
from __future__ import annotations

import io
import random
from typing import Any

import pytest
from PIL import Image

from tests.api import Api
from tests.belongings import picture
from tests.mall import DOMAIN, Shopper, data_of, sign_in

PATHS = [f"/{DOMAIN}/dfs/upload/file", "/upload2"]
BOUNDARY = "----pieces"
NO_FILE = {"code": 10000, "msg": "未选择上传文件"}


def form(content: bytes | None, name: str = "photo.png", **fields: str) -> dict[str, Any]:
    """A multipart form as wx.uploadFile sends it."""
    about = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    parts = [f'{about}"{field}"\r\n\r\n{value}\r\n'.encode() for field, value in fields.items()]
    if content is not None:
        parts.append(f'{about}"upfile"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'.encode() + content + b"\r\n")
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return {"body": body, "headers": {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}}


async def upload(shopper: Shopper, content: bytes, name: str = "photo.png") -> Any:
    return data_of(await shopper.ask("POST", "/upload2", **form(content, name, token=shopper.token)))


def large_picture() -> bytes:
    """A PNG of more than all other bodies may have."""
    made = io.BytesIO()
    Image.frombytes("RGB", (1200, 1000), random.Random(1).randbytes(1200 * 1000 * 3)).save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize("path", PATHS)
async def test_a_picture_is_shown_at_its_address_large_and_small(api: Api, path: str) -> None:
    alice = await sign_in(api)
    about = form(picture(), "C:\\照片.PNG", token=alice.token, subDomain=DOMAIN, expireHours="")
    found = data_of(await alice.ask("POST", path, **about))
    assert found["url"] == f"{api.url}/pictures/{found['name']}"
    assert (found["name"], found["type"], found["size"]) == (f"{found['id']}.jpg", "jpg", len(picture()))
    assert found["originalName"].endswith("照片.PNG")
    for address in (found["url"], f"{found['url']}_m"):
        shown = await api.get(address.removeprefix(api.url))
        assert (shown.status, shown.headers["Content-Type"]) == (200, "image/jpeg")
        assert Image.open(io.BytesIO(shown.body)).size == (300, 200)


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_larger_than_any_other_body_is_taken_here(api: Api, path: str) -> None:
    content = large_picture()
    assert len(content) > 3_000_000
    alice = await sign_in(api)
    assert data_of(await alice.ask("POST", path, **form(content, token=alice.token)))["size"] == len(content)


@pytest.mark.parametrize("content", [b"<html>", b"%PDF-1.7", b"GIF89a", b"MZ" * 100, picture()[:60]])
async def test_what_is_no_picture_is_refused_whatever_it_is_called(api: Api, content: bytes) -> None:
    alice = await sign_in(api)
    answer = await alice.ask("POST", "/upload2", **form(content, token=alice.token))
    assert (answer["code"], "data" in answer) == (601, False)


@pytest.mark.parametrize("path", PATHS)
async def test_a_form_without_a_file_is_told_so(api: Api, path: str) -> None:
    alice = await sign_in(api)
    assert await alice.ask("POST", path, **form(None, token=alice.token)) == NO_FILE
    assert await alice.ask("POST", path, **form(b"", token=alice.token)) == NO_FILE
    assert await alice.ask("POST", path, form={"token": alice.token}) == NO_FILE
    assert (await alice.ask("POST", path, **form(picture())))["code"] == 2000


async def test_files_are_listed_for_whose_they_are(api: Api) -> None:
    alice, bob = await sign_in(api, "alice"), await sign_in(api, "bob")
    found = await upload(alice, picture())
    assert await upload(alice, picture(), "again.png") == {**found, "originalName": "again.png"}
    rows = data_of(await alice.post("/dfs/upload/list"))
    assert [(row["key"], row["url"], row["size"]) for row in rows] == [(f"pictures/{found['name']}", found["url"], found["size"])] * 2
    for folder, code in (("/pictures/", 0), ("pict", 700)):
        answer = await alice.ask("POST", f"/{DOMAIN}/dfs/upload/list", form={"token": alice.token, "path": folder})
        assert answer["code"] == code
    assert (await bob.post("/dfs/upload/list"))["code"] == 700
    assert (await Shopper(api).post("/dfs/upload/list"))["code"] == 700


@pytest.mark.parametrize("address", ["http://127.0.0.1/x.png", "file:///etc/passwd", "http://[::1]/x.png", "no address"])
async def test_from_elsewhere_nothing_is_fetched_that_is_not_public(api: Api, address: str) -> None:
    answer = await Shopper(api).post("/dfs/upload/url", remoteFileUrl=address, ext=".png")
    assert answer["code"] == 601


async def test_an_upload_may_be_an_avatar(api: Api) -> None:
    alice = await sign_in(api)
    found = await upload(alice, picture())
    assert (await alice.post("/user/modify", avatarUrl=found["url"]))["code"] == 0
    assert data_of(await alice.get("/user/detail"))["base"]["avatarUrl"] == found["url"]
    assert (await alice.post("/user/modify", avatarUrl=f"{api.url}/api/users"))["code"] == 601
