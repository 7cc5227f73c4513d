"""Files under static/: for ever at an address of this version, checked at each use at any other."""
from __future__ import annotations

from tornado.web import HTTPError

from server.web.assets import PREFIX, VERSION_CHARACTERS, Assets
from server.web.compression import accepts_gzip
from server.web.plain import Plain

FOR_EVER = "public, max-age=31536000, immutable"
ADDRESSES = (rf"{PREFIX}(?:([0-9a-f]{{{VERSION_CHARACTERS}}})/)?(.+)", r"/favicon\.ico")


class StaticFile(Plain):
    """A file. While workers of two versions run side by side, one may be asked for the other's: it gives what it has, to be
    checked again."""

    template = "/static"

    def initialize(self, assets: Assets) -> None:
        self._assets = assets
        self._tag: str | None = None

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cache-Control", "no-cache")

    def get(self, version: str | None = None, name: str = "favicon.svg") -> None:
        asset = self._assets.find(name)
        if asset is None:
            raise HTTPError(404)
        self.set_header("Content-Type", asset.media_type)
        if version == self._assets.version:
            self.set_header("Cache-Control", FOR_EVER)
        content, self._tag = asset.content, f'"{asset.digest}"'
        if asset.compressed is not None:
            self.set_header("Vary", "Accept-Encoding")
            if accepts_gzip(self.request.headers.get("Accept-Encoding")):
                content, self._tag = asset.compressed, f'"{asset.digest}-gzip"'
                self.set_header("Content-Encoding", "gzip")
        self.write(content)

    head = get

    def compute_etag(self) -> str | None:
        return self._tag
