"""Tests of server/domain/auctions/lot_pictures.py."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from server.domain.auctions.imports import GoodsRefused, Problem, Row
from server.domain.auctions.lot_pictures import MOST_PICTURES, LotPicture, LotPictures, addresses_of, share_out
from server.domain.pictures import PictureMissing, PictureRefused


class Shelf:
    """Files or addresses with what they hold."""

    def __init__(self, contents: Mapping[str, bytes]):
        self._contents = contents

    @property
    def names(self) -> Sequence[str]:
        return tuple(self._contents)

    async def read(self, name: str) -> bytes:
        if name not in self._contents:
            raise PictureMissing("answered:404")
        return self._contents[name]

    fetch = read


async def keep(content: bytes) -> str:
    if content == b"text":
        raise PictureRefused("not_a_picture")
    if not content:
        raise PictureRefused("required")
    return f"/pictures/{content.decode()}.jpg"


def row(line: int, sn: str, pictures: str | None = None) -> Row:
    return Row(line, {"sn": sn} if pictures is None else {"sn": sn, "pictures": pictures})


async def gather(
    *rows: Row, web: Mapping[str, bytes] | None = None, files: Mapping[str, bytes] | None = None
) -> dict[int, tuple[str, ...]]:
    return addresses_of(await LotPictures(keep, Shelf(web or {}), None if files is None else Shelf(files)).gather(rows))


async def test_the_column_names_addresses_however_they_are_parted() -> None:
    web = {"https://a.example/1.jpg": b"1", "http://a.example/2": b"2", "HTTPS://a.example/3": b"3"}
    named = " https://a.example/1.jpg, http://a.example/2\nHTTPS://a.example/3"
    found = await gather(row(2, "A", named), row(3, "B", ""), row(4, "C"), web=web)
    assert found == {2: ("/pictures/1.jpg", "/pictures/2.jpg", "/pictures/3.jpg")}


async def test_files_go_to_the_row_whose_serial_number_they_bear_and_the_column_comes_first() -> None:
    files = {"A1.jpg": b"front", "A1-2.jpg": b"back", "album/B2/x.png": b"album", "c3_back.webp": b"c", "own.jpg": b"own"}
    found = await gather(row(2, "A1", "own.jpg"), row(3, " B2 "), row(4, "C3"), row(5, "D4"), files=files)
    assert found == {
        2: ("/pictures/own.jpg", "/pictures/front.jpg", "/pictures/back.jpg"),
        3: ("/pictures/album.jpg",),
        4: ("/pictures/c.jpg",),
    }


async def test_the_same_picture_under_two_names_is_shown_once() -> None:
    assert await gather(row(2, "A", "A.jpg"), files={"A.jpg": b"1", "A-2.jpg": b"1"}) == {2: ("/pictures/1.jpg",)}


async def test_every_picture_that_is_missing_or_none_is_named_by_its_row() -> None:
    rows = (
        row(2, "A", "https://a.example/gone A-9.jpg"),
        row(4, "B"),
        row(5, "C", "https://a.example/text ftp://a.example/1"),
        row(7, "D"),
    )
    with pytest.raises(GoodsRefused) as refused:
        await gather(*rows, web={"https://a.example/text": b"text"}, files={"B.jpg": b"", "notes.txt": b"x", "D.jpg": b"fine"})
    assert refused.value.found == (
        Problem(2, "pictures", "answered:404", "https://a.example/gone"),
        Problem(2, "pictures", "not_in_archive", "A-9.jpg"),
        Problem(4, "pictures", "empty_file", "B.jpg"),
        Problem(5, "pictures", "not_a_picture", "https://a.example/text"),
        Problem(5, "pictures", "not_in_archive", "ftp://a.example/1"),
        Problem(0, "pictures", "of_no_row", "notes.txt"),
    )


async def test_a_picture_keeps_the_name_by_which_it_was_found() -> None:
    pictures = LotPictures(keep, Shelf({"http://a.example/2": b"2"}), Shelf({"A/x.png": b"1"}))
    found = await pictures.gather([row(2, "A", "http://a.example/2")])
    assert found == {2: (LotPicture("http://a.example/2", "/pictures/2.jpg"), LotPicture("A/x.png", "/pictures/1.jpg"))}


class Doubled(Shelf):
    """Holds each twice."""

    @property
    def names(self) -> Sequence[str]:
        return (*super().names, *super().names)


@pytest.mark.parametrize("name", ["/A.jpg", "/A/1.jpg", "C:/A.jpg", "../A.jpg", "album/../../A.jpg", "A/..", "//host/A.jpg"])
async def test_what_leads_out_of_the_archive_is_nobodys_whatever_it_is_called(name: str) -> None:
    with pytest.raises(GoodsRefused) as refused:
        await gather(row(2, "A"), files={name: b"1", "A.jpg": b"1"})
    assert refused.value.found == (Problem(0, "pictures", "leads_out", name),)
    assert await gather(row(2, "A"), files={"a..b/A..1.jpg": b"1", "...A/A.jpg": b"2"}) is not None


async def test_a_file_that_is_there_twice_is_named() -> None:
    with pytest.raises(GoodsRefused) as refused:
        await LotPictures(keep, Shelf({}), Doubled({"A.jpg": b"1"})).gather([row(2, "A")])
    assert refused.value.found == (Problem(0, "pictures", "named_twice:2", "A.jpg"),)


async def test_without_an_archive_only_addresses_are_names() -> None:
    with pytest.raises(GoodsRefused) as refused:
        await gather(row(2, "A", "A.jpg"))
    assert refused.value.found == (Problem(2, "pictures", "not_an_address", "A.jpg"),)


async def test_a_lot_has_so_many_pictures_at_most() -> None:
    files = {f"A-{number}.jpg": str(number).encode() for number in range(MOST_PICTURES + 1)}
    with pytest.raises(GoodsRefused) as refused:
        await gather(row(2, "A"), files=files)
    assert refused.value.found == (Problem(2, "pictures", f"too_many:{MOST_PICTURES}", "13"),)
    del files["A-0.jpg"]
    assert len((await gather(row(2, "A"), files=files))[2]) == MOST_PICTURES


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (("A-10.jpg", "A-2.jpg", "A.jpg"), ("A.jpg", "A-2.jpg", "A-10.jpg")),
        (("A_holder.jpg", "A_back.jpg", "A_front.jpg", "A_other.jpg"), ("A_front.jpg", "A_back.jpg", "A_holder.jpg", "A_other.jpg")),
        (("A 反面.jpg", "A 正面.jpg", "A（封装）.jpg"), ("A 正面.jpg", "A 反面.jpg", "A（封装）.jpg")),
        (("A-b.jpg", "A-a.jpg"), ("A-a.jpg", "A-b.jpg")),
    ],
)
def test_the_front_comes_first_then_the_back_then_the_holder_or_as_they_count(names: tuple[str, ...], order: tuple[str, ...]) -> None:
    assert tuple(share_out(names, ["A"])["A"]) == order


def test_the_longest_serial_number_that_fits_owns_a_file_and_a_longer_word_is_another() -> None:
    names = ("A-1.jpg", "A-1-2.jpg", "A.jpg", "A10.jpg", "A-3.jpg")
    assert share_out(names, ["A", "A-1"]) == {"A-1": ["A-1.jpg", "A-1-2.jpg"], "A": ["A.jpg", "A-3.jpg"]}
