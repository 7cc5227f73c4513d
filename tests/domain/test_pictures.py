"""Tests of server/domain/pictures.py, with the real store and press."""
from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from server.bootstrap import Application
from server.domain import pictures as rules
from server.domain.errors import InvalidInput, NotFound
from server.domain.pictures import MAX_PICTURE_BYTES, PictureFile, PictureRefused, PictureService, small
from tests.belongings import picture


@pytest.fixture
def pictures(application: Application) -> PictureService:
    return application.services.pictures


def name_of(address: str) -> str:
    return address.rpartition("/")[2]


def size_of(file: PictureFile) -> tuple[int, int]:
    with Image.open(io.BytesIO(file.content)) as opened:
        return opened.size


async def test_a_picture_has_an_address_for_each_size(pictures: PictureService) -> None:
    made = io.BytesIO()
    Image.new("RGB", (3200, 1600), "red").save(made, "PNG")
    given = await pictures.add_picture(made.getvalue())
    assert (given.width, given.height) == (1600, 800)
    assert given.address == f"/pictures/{given.id}.jpg" and given.small_address == f"/pictures/{given.id}_m.jpg"
    assert size_of(await pictures.get_file(name_of(given.address))) == (1600, 800)
    assert size_of(await pictures.get_file(name_of(given.small_address))) == (480, 240)


async def test_what_can_be_seen_through_is_webp(pictures: PictureService) -> None:
    made = io.BytesIO()
    Image.new("RGBA", (30, 20), (9, 9, 9, 9)).save(made, "PNG")
    given = await pictures.add_picture(made.getvalue())
    assert given.address == f"/pictures/{given.id}.webp"
    assert (await pictures.get_file(name_of(given.address))).media_type == "image/webp"


async def test_the_thumbnail_s_mark_may_follow_the_whole_address(pictures: PictureService) -> None:
    given = await pictures.add_picture(picture())
    assert await pictures.get_file(name_of(given.address) + "_m") == await pictures.get_file(name_of(given.small_address))


async def test_the_same_picture_again_and_at_once_is_one(application: Application, pictures: PictureService) -> None:
    given = await asyncio.gather(*(pictures.add_picture(picture()) for _ in range(5)))
    given.append(await pictures.add_picture(picture()))
    assert len(set(given)) == 1
    assert await application.mongo.database.pictures.count_documents({}) == 2  # its two sizes
    assert (await pictures.add_picture(picture("blue"))).id != given[0].id


async def test_a_picture_half_of_which_is_there_is_made_whole(application: Application, pictures: PictureService) -> None:
    given = await pictures.add_picture(picture())
    await application.mongo.database.pictures.delete_one({"_id": given.id})
    assert await pictures.add_picture(picture()) == given
    assert await application.stores.pictures.find_content(given.id, given.kind, is_small=False)


async def test_every_process_finds_it(application: Application, pictures: PictureService) -> None:
    given = await pictures.add_picture(picture())
    other = Application(application.config)
    try:
        assert await other.services.pictures.get_file(name_of(given.address)) == await pictures.get_file(name_of(given.address))
    finally:
        await other.stop()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "required"),
        (b"x" * (MAX_PICTURE_BYTES + 1), "file_too_large:12288"),
        (b"no picture", "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not_a_picture"),
    ],
)
async def test_what_is_no_picture_or_too_large_is_refused_and_kept_nowhere(
    application: Application, pictures: PictureService, content: bytes, problem: str
) -> None:
    with pytest.raises(PictureRefused) as refused:
        await pictures.add_picture(content)
    assert isinstance(refused.value, InvalidInput) and refused.value.problems == {"picture": [problem]}
    assert await application.mongo.database.pictures.count_documents({}) == 0


@pytest.mark.parametrize(
    "name", ["", "0" * 32, "0" * 32 + ".jpg", "0" * 31 + ".jpg", "../../etc/passwd", "$" * 32 + ".webp", "0" * 32 + ".html"]
)
async def test_what_nobody_gave_is_not_found(pictures: PictureService, name: str) -> None:
    with pytest.raises(NotFound):
        await pictures.get_file(name)


async def test_a_picture_is_not_found_under_another_kind_or_by_two_marks(pictures: PictureService) -> None:
    given = await pictures.add_picture(picture())
    for name in (f"{given.id}.webp", f"{given.id}_m.webp", f"{given.id}_m.jpg_m"):
        with pytest.raises(NotFound):
            await pictures.get_file(name)


async def test_what_was_asked_for_lately_is_in_memory_and_that_has_a_bound(
    application: Application, pictures: PictureService, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [await pictures.add_picture(picture(colour)) for colour in ("red", "green", "blue")]
    files = [await pictures.get_file(name_of(one.address)) for one in given[:2]]
    await application.mongo.database.pictures.delete_many({"_id": {"$ne": given[2].id}})
    assert [await pictures.get_file(file.name) for file in files] == files
    monkeypatch.setattr(rules, "MOST_SHELVED_BYTES", sum(len(file.content) for file in files))
    await pictures.get_file(files[0].name)  # now the other is the oldest
    await pictures.get_file(name_of(given[2].address))
    with pytest.raises(NotFound):
        await pictures.get_file(files[1].name)


def test_only_a_picture_of_ours_has_a_thumbnail() -> None:
    assert small("/pictures/0a.webp") == "/pictures/0a_m.webp"
    assert small("https://pictures.example/1.png") == "https://pictures.example/1.png"
