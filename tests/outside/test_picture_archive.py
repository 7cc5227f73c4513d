"""Tests of server/outside/picture_archive.py."""
from __future__ import annotations

import struct
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from server.domain.pictures import MAX_PICTURE_BYTES, PictureMissing
from server.outside.picture_archive import ArchiveNotReadable, PictureArchive


def pack(folder: Path, files: Mapping[str, bytes], packed_as: int = ZIP_DEFLATED) -> Path:
    path = folder / "pictures.zip"
    with ZipFile(path, "w", packed_as) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def rename(path: Path, name: str, other: bytes) -> None:
    """As a packer that says nothing of how it writes names."""
    path.write_bytes(path.read_bytes().replace(name.encode(), other))


async def why_missing(path: Path, name: str) -> str:
    with closing(PictureArchive(path)) as archive:
        with pytest.raises(PictureMissing) as missing:
            await archive.read(name)
    return missing.value.reason


def why_refused(path: Path, **bounds: int) -> str:
    with pytest.raises(ArchiveNotReadable) as refused:
        PictureArchive(path, **bounds)
    return refused.value.reason


async def test_files_are_read_and_what_systems_add_is_passed_over(tmp_path: Path) -> None:
    files = {"A.jpg": b"1", "B/1.png": b"2", "B/": b"", "__MACOSX/._A.jpg": b"", ".DS_Store": b"", "B/Thumbs.db": b""}
    with closing(PictureArchive(pack(tmp_path, files))) as archive:
        assert archive.names == ("A.jpg", "B/1.png")
        assert [await archive.read(name) for name in archive.names] == [b"1", b"2"]


async def test_what_says_to_be_more_than_a_picture_is_not_unpacked_and_what_says_less_than_it_is_not_read_further(tmp_path: Path) -> None:
    path = pack(tmp_path, {"bomb": bytes(MAX_PICTURE_BYTES + 1)})
    assert await why_missing(path, "bomb") == f"file_too_large:{MAX_PICTURE_BYTES // 1024}"
    path.write_bytes(path.read_bytes().replace(struct.pack("<L", MAX_PICTURE_BYTES + 1), struct.pack("<L", 9)))
    assert await why_missing(path, "bomb") == "damaged"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_names_are_read_as_windows_in_china_and_macs_write_them_unsaid(tmp_path: Path, encoding: str) -> None:
    name = "龙钞".encode(encoding)
    path = tmp_path / "old.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr(ZipInfo("X" * len(name) + ".jpg"), b"1")
    rename(path, "X" * len(name), name)
    with closing(PictureArchive(path)) as opened:
        assert opened.names == ("龙钞.jpg",)


async def test_folders_are_parted_by_either_stroke_and_a_name_that_is_there_twice_is_told_twice(tmp_path: Path) -> None:
    path = pack(tmp_path, {"A1/1.jpg": b"1", "B.jpg": b"2", "C.jpg": b"3"})
    rename(path, "A1/1.jpg", b"A1\\1.jpg")
    rename(path, "C.jpg", b"B.jpg")
    with closing(PictureArchive(path)) as archive:
        assert archive.names == ("A1/1.jpg", "B.jpg", "B.jpg")
        assert await archive.read("A1/1.jpg") == b"1"


async def test_a_damaged_file_is_told_by_itself(tmp_path: Path) -> None:
    path = pack(tmp_path, {"A.jpg": b"picture" * 100, "B.jpg": b"whole"})
    content = bytearray(path.read_bytes())
    content[40:50] = bytes(10)
    path.write_bytes(content)
    assert await why_missing(path, "A.jpg") == "damaged"
    with closing(PictureArchive(path)) as archive:
        assert await archive.read("B.jpg") == b"whole"


async def test_a_locked_file_is_told_from_a_damaged_one_and_so_is_one_that_is_packed_otherwise(tmp_path: Path) -> None:
    path = pack(tmp_path, {"A": b"1"})
    content = bytearray(path.read_bytes())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + place] |= 1
    path.write_bytes(content)
    assert await why_missing(path, "A") == "protected"
    assert await why_missing(pack(tmp_path, {"A": b"1" * 99}, ZIP_BZIP2), "A") == "packed_otherwise"


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 half of one"])
def test_what_is_no_archive_is_told_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    assert why_refused(path) == "not_an_archive"


def test_an_archive_has_so_many_files_and_unpacks_to_so_much_at_most(tmp_path: Path) -> None:
    path = pack(tmp_path, {"A": bytes(2**20), "B": bytes(2**20)})
    assert why_refused(path, most_files=1) == "too_many_files:1"
    assert why_refused(path, most_bytes=2**20) == "unpacks_to_more:1"
    with closing(PictureArchive(path, most_files=2, most_bytes=2**21)) as archive:
        assert archive.names == ("A", "B")


def test_a_directory_of_very_many_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = pack(tmp_path, {f"{number:06}/": b"" for number in range(2000)})  # folders: no files, and objects all the same
    assert why_refused(path, most_files=100) == "too_many_files:100"
