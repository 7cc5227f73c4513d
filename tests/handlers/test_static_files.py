"""Tests of handlers/static_files.py."""
from __future__ import annotations

import gzip
import json
import re

import pytest

from handlers.pages import STATIC
from tests.api import Api

FOR_EVER = "public, max-age=31536000, immutable"
SCRIPT = STATIC / "js" / "api.js"


async def find_version(api: Api) -> str:
    """As the pages name it."""
    found = re.search(rb'"/static/([0-9a-f]{16})/js/docs.js"', (await api.get("/docs")).body)
    assert found is not None
    return found[1].decode()


async def test_a_file_of_this_version_is_kept_for_ever(api: Api) -> None:
    answer = await api.get(f"/static/{await find_version(api)}/js/api.js")
    assert (answer.status, answer.body) == (200, SCRIPT.read_bytes())
    assert answer.headers["Cache-Control"] == FOR_EVER
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in answer.headers


@pytest.mark.parametrize("path", ["/static/0123456789abcdef/js/api.js", "/static/js/api.js"])
async def test_at_any_other_address_it_is_checked_at_each_use(api: Api, path: str) -> None:
    answer = await api.get(path)
    assert (answer.status, answer.body, answer.headers["Cache-Control"]) == (200, SCRIPT.read_bytes(), "no-cache")
    again = await api.get(path, headers={"If-None-Match": answer.headers["Etag"]})
    assert (again.status, again.body, again.headers["Cache-Control"]) == (304, b"", "no-cache")


@pytest.mark.parametrize("name", ["js/nothing.js", "pages/index.html", "../run.py", "js", "", "js/../js/api.js"])
async def test_what_is_not_there_is_404_and_not_kept(api: Api, name: str) -> None:
    for path in (f"/static/{name}", f"/static/{await find_version(api)}/{name}"):
        answer = await api.get(path)
        assert answer.status == 404
        assert answer.headers.get("Cache-Control") in ("no-cache", "no-store")


async def test_text_is_compressed_for_whom_that_is_good(api: Api) -> None:
    path = "/static/js/api.js"
    plain = await api.get(path, is_unpacked=False)
    packed = await api.get(path, is_unpacked=False, headers={"Accept-Encoding": "br, gzip"})
    refused = await api.get(path, is_unpacked=False, headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in plain.headers and plain.body == SCRIPT.read_bytes()
    assert packed.headers["Content-Encoding"] == "gzip" and gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2
    assert (refused.headers.get("Content-Encoding"), refused.body) == (None, plain.body)
    assert {answer.headers["Vary"] for answer in (plain, packed, refused)} == {"Accept-Encoding"}


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_each_form_has_a_tag_of_its_own(api: Api, encoding: str) -> None:
    path, headers = "/static/js/api.js", {"Accept-Encoding": encoding}
    tag = (await api.get(path, is_unpacked=False, headers=headers)).headers["Etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = await api.get(path, is_unpacked=False, headers={**headers, "If-None-Match": known})
        assert (answer.status, answer.body, answer.headers["Etag"]) == (304, b"", tag)
        assert answer.headers["Vary"] == "Accept-Encoding"
    other = "gzip" if encoding == "identity" else "identity"
    answer = await api.get(path, is_unpacked=False, headers={"Accept-Encoding": other, "If-None-Match": tag})
    assert answer.status == 200 and answer.headers["Etag"] != tag


async def test_a_picture_is_compressed_in_itself(api: Api) -> None:
    answer = await api.get("/static/images/touch-icon.png", is_unpacked=False, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Type"] == "image/png" and answer.body.startswith(b"\x89PNG")
    assert "Content-Encoding" not in answer.headers and "Vary" not in answer.headers


async def test_head_tells_the_same_without_the_body(api: Api) -> None:
    get, head = await api.get("/static/js/api.js"), await api.ask("HEAD", "/static/js/api.js")
    assert (head.status, head.body) == (200, b"")
    for name in ("Etag", "Content-Type", "Cache-Control"):
        assert head.headers[name] == get.headers[name]


async def test_browsers_find_the_icon_where_they_look_without_being_told(api: Api) -> None:
    answer = await api.get("/favicon.ico")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/svg+xml")


async def test_the_manifest_names_pictures_that_there_are(api: Api) -> None:
    version = await find_version(api)
    manifest = await api.get(f"/static/{version}/site.webmanifest")
    assert manifest.headers["Content-Type"] == "application/manifest+json"
    icons = json.loads(manifest.body)["icons"]
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in icons}
    for icon in icons:
        answer = await api.get(f"/static/{version}/{icon['src']}")
        assert (answer.status, answer.headers["Content-Type"]) == (200, icon.get("type"))


def test_style_sheets_name_pictures_of_their_own_version() -> None:
    for path in (STATIC / "css").glob("*.css"):
        for named in re.findall(r'url\("?([^")]+)', path.read_text()):
            assert not named.startswith("/"), path
            assert (path.parent / named).resolve().is_file(), named


async def test_answers_of_the_apis_are_not_compressed(api: Api) -> None:
    answer = await api.get("/openapi.json", is_unpacked=False, headers={"Accept-Encoding": "gzip"})
    assert answer.status == 200 and "Content-Encoding" not in answer.headers
