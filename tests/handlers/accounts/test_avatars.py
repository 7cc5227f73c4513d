"""头像."""
from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.api import Api
from tests.belongings import picture
from tests.builders import make_user

PNG = {"Content-Type": "image/png"}


def form_of(*files: bytes) -> tuple[bytes, dict[str, str]]:
    """A multipart form with these files."""
    head = b'--x\r\nContent-Disposition: form-data; name="avatar"; filename="a.html"\r\nContent-Type: text/html\r\n\r\n'
    return b"".join(head + file + b"\r\n" for file in files) + b"--x--\r\n", {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize("is_form", [True, False])
async def test_an_uploaded_picture_is_made_anew_and_served_with_a_safe_type(api: Api, is_form: bool) -> None:
    alice = await make_user(api.application)
    body, headers = form_of(picture()) if is_form else (picture(), {"Content-Type": "text/html"})
    answer = await api.post("/api/avatars", as_user=alice, body=body, headers=headers)
    assert answer.status == 201
    avatar = answer.json["data"]["avatar"]
    data = {"id": 1, "user_id": 1, "username": "", "name": "Alice", "nickname": "Alice", "email": "", "phone": "", "avatar": avatar}
    assert answer.json == {"code": 20001, "message": "操作成功", "data": data}
    shown = await api.get(avatar)
    assert shown.status == 200
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Cache-Control"] == "private, max-age=300"  # it may be replaced, and is gone then
    with Image.open(io.BytesIO(shown.body)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (256, 256))
    assert (await api.post("/api/auth/me", as_user=alice)).data["avatar"] == avatar


async def test_what_is_no_picture_is_refused_whatever_it_calls_itself(api: Api) -> None:
    alice = await make_user(api.application)
    script = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    answer = await api.post("/api/avatars", as_user=alice, body=script, headers={"Content-Type": "image/png"})
    assert answer.status == 422
    problem = "不是有效的图片，请使用 JPEG、PNG、WebP 或 GIF"
    assert answer.json == {"code": 10001, "message": "参数有误", "data": {"avatar": [problem]}}


async def test_a_picture_larger_than_other_bodies_may_be_is_taken_and_one_above_a_megabyte_is_not(api: Api) -> None:
    alice = await make_user(api.application)
    large = io.BytesIO()
    Image.effect_noise((900, 900), 100).save(large, "PNG")
    assert 300 * 1024 < len(large.getvalue()) < 1024 * 1024
    assert (await api.post("/api/avatars", as_user=alice, body=large.getvalue(), headers=PNG)).status == 201
    too_large = await api.post("/api/avatars", as_user=alice, body=b"x" * (1024 * 1024 + 1), headers=PNG)
    assert too_large.status == 422
    assert too_large.json == {"code": 10001, "message": "参数有误", "data": {"avatar": ["不能超过 1024 KB"]}}
    enormous = await api.post("/api/avatars", as_user=alice, body=b"x" * (1200 * 1024), headers=PNG)
    assert (enormous.status, list(enormous.json["data"])) == (422, ["body"])


async def test_two_files_or_none_are_refused(api: Api) -> None:
    alice = await make_user(api.application)
    for files, data in (((picture(), picture()), {"file": ["重复提交"]}), ((), {"file": ["必填"]})):
        body, headers = form_of(*files)
        answer = await api.post("/api/avatars", as_user=alice, body=body, headers=headers)
        assert (answer.status, answer.json) == (422, {"code": 10001, "message": "参数有误", "data": data})
    nothing = await api.post("/api/avatars", as_user=alice, headers=PNG)
    assert (nothing.status, nothing.json["data"]) == (422, {"avatar": ["必填"]})


@pytest.mark.parametrize("avatar_id", ["0" * 32, "x", "%2e%2e%2fsecret"])
async def test_an_avatar_that_nobody_uploaded_is_not_found(api: Api, avatar_id: str) -> None:
    answer = await api.get(f"/api/avatars/{avatar_id}")
    assert (answer.status, answer.json) == (404, {"code": 40004, "message": "查询为空", "data": {}})
