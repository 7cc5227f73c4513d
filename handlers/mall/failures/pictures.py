"""What can go wrong with pictures and codes."""
from __future__ import annotations

from server.domain.errors import DomainError
from server.domain.mall.qr_codes import PageNotPublished
from server.web.dialect import Failure


class FileMissing(DomainError):
    """No file was sent."""


ERRORS: dict[type[Exception], Failure] = {
    FileMissing: Failure(200, "10000", "未选择上传文件", "No file was sent"),
    PageNotPublished: Failure(200, "41030", "小程序页面尚未发布", "The page is not published yet"),
}
