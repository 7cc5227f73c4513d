"""Tests of server/outside/picture_archive.py."""
from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from server.domain.pictures import MAX_PICTURE_BYTES, PictureMissing
from server.outside.picture_archive import ArchiveNotReadable, PictureArchive


def pack(folder: Path, **files: bytes) -> Path:
    path = folder / "pictures.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


async def test_files_are_read_and_what_systems_add_is_passed_over(tmp_path: Path) -> None:
    files = {"A.jpg": b"1", "B/1.png": b"2", "B/": b"", "__MACOSX/._A.jpg": b"", ".DS_Store": b"", "B/Thumbs.db": b""}
    archive = PictureArchive(pack(tmp_path, **files))
    assert archive.names == ("A.jpg", "B/1.png")
    assert [await archive.read(name) for name in archive.names] == [b"1", b"2"]


async def test_of_what_unpacks_to_more_than_a_picture_no_more_is_read_than_shows_it(tmp_path: Path) -> None:
    archive = PictureArchive(pack(tmp_path, bomb=bytes(8 * MAX_PICTURE_BYTES)))
    assert len(await archive.read("bomb")) == MAX_PICTURE_BYTES + 1


def test_names_of_an_old_chinese_packer_are_read(tmp_path: Path) -> None:
    path = tmp_path / "old.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr(ZipInfo("XXXX.jpg"), b"1")
    path.write_bytes(path.read_bytes().replace(b"XXXX", "龙钞".encode("gb18030")))
    assert PictureArchive(path).names == ("龙钞.jpg",)


async def test_a_damaged_file_is_told_by_itself(tmp_path: Path) -> None:
    path = pack(tmp_path, **{"A.jpg": b"picture" * 100, "B.jpg": b"whole"})
    content = bytearray(path.read_bytes())
    content[40:50] = bytes(10)
    path.write_bytes(content)
    archive = PictureArchive(path)
    with pytest.raises(PictureMissing) as missing:
        await archive.read("A.jpg")
    assert missing.value.reason == "damaged"
    assert await archive.read("B.jpg") == b"whole"


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 half of one"])
def test_what_is_no_archive_is_told_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(ArchiveNotReadable):
        PictureArchive(path)
