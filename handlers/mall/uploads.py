"""文件上传: pictures, by people and by the pages that show them. Thumbnails are at the address with `_m` after it."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.failures.pictures import FileMissing
from handlers.mall.shapes import DocumentTime, absolute, document_time, listed
from server.domain.mall.uploads import NOBODY
from server.domain.mall.uploads import Upload as Uploaded
from server.domain.paces import UPLOADS
from server.domain.pictures import MAX_PICTURE_BYTES
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.inputs import Upload
from server.web.manners import LOOSE
from server.web.routing import Routes

routes = Routes(LOOSE)
top_routes = Routes(LOOSE)

MOST_BYTES = MAX_PICTURE_BYTES + 64 * 1024  # with what a form needs around its file


class UploadShape(Struct):
    url: str
    originalName: str
    name: str
    size: Annotated[int, Meta(description="上传文件的字节数")]
    type: Annotated[str, Meta(description="按内容判定的类型")]
    id: str

    @classmethod
    def of(cls, upload: Uploaded, origin: str) -> UploadShape:
        picture = upload.picture
        name = picture.address.rpartition("/")[2]
        return cls(absolute(picture.address, origin), upload.name, name, upload.size, picture.kind.value, picture.id)


@routes.post("/dfs/upload/file", access=SIGNED_IN, pace=UPLOADS, max_body_bytes=MOST_BYTES, raises=(FileMissing,))
@top_routes.post("/upload2", access=SIGNED_IN, pace=UPLOADS, max_body_bytes=MOST_BYTES, raises=(FileMissing,), name="upload_file_v2")
async def upload_file(call: Call, body: Upload) -> UploadShape:
    """上传本地文件至服务器

    JPEG, PNG, WebP or GIF of at most 12 MB, as the file of a form (`upfile`) or as the body."""
    if not body.content:
        raise FileMissing()
    uploaded = await call.services.mall.uploads.add_file(call.caller.id, body.content, body.name)
    return UploadShape.of(uploaded, call.origin)


class RemoteFile(Struct):
    remoteFileUrl: Annotated[str, Meta(max_length=2000, description="远程文件地址")]


@routes.post("/dfs/upload/url", access=ANYONE, pace=UPLOADS, raises=())
async def upload_from_address(call: Call, body: RemoteFile) -> UploadShape:
    """下载文件至分布式文件系统

    A picture at a public address; what it is the content tells, not `ext`. Without a token it is nobody's."""
    uploaded = await call.services.mall.uploads.add_from_web(_whose(call), body.remoteFileUrl)
    return UploadShape.of(uploaded, call.origin)


class Folder(Struct):
    path: Annotated[str, Meta(max_length=256, description="目录，不传该参数获取根目录")] = ""


class FileShape(Struct):
    key: str
    url: str
    size: int
    dateAdd: DocumentTime

    @classmethod
    def of(cls, upload: Uploaded, origin: str) -> FileShape:
        return cls(upload.key, absolute(upload.picture.address, origin), upload.size, document_time(upload.uploaded_at))


@routes.post("/dfs/upload/list", access=ANYONE, raises=())
async def list_files(call: Call, body: Folder) -> list[FileShape]:
    """获取DFS当前文件列表

    The caller's own, the last one first; without a token nobody's."""
    found = await call.services.mall.uploads.list_files(_whose(call), body.path)
    return listed(found, lambda upload: FileShape.of(upload, call.origin))


def _whose(call: Call) -> int:
    return call.user.id if call.user is not None else NOBODY
