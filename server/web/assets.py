"""Files for browsers: read once, addressed by one version of them all, with what each script imports."""
from __future__ import annotations

import hashlib
import posixpath
import re
from functools import cached_property
from pathlib import Path

from server.web.compression import compress

PREFIX = "/static/"
VERSION_CHARACTERS = 16

# What is served; other files of the tree are not for browsers.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}
PACKED = frozenset({".png"})  # compressed in themselves

_LATER = re.compile(r"\bimport\('(\.[^']+)'\)(?!\.)")  # after which a dot follows is a type, in a comment
_IMPORT = re.compile(r"^(?:import|export)\s+(?:[\w$*{}\s,]+\sfrom\s+)?'(\.[^']+)'", re.MULTILINE)


class Asset:
    """One file as it was when the server started."""

    def __init__(self, path: Path):
        self.content = path.read_bytes()
        self.media_type = MEDIA_TYPES[path.suffix]
        self.is_packed = path.suffix in PACKED
        self.digest = hashlib.sha256(self.content).hexdigest()[:VERSION_CHARACTERS]

    @cached_property
    def text(self) -> str:
        return self.content.decode()

    @cached_property
    def imports(self) -> list[str]:
        """Of a script: relative addresses of the modules that it cannot begin without."""
        return _IMPORT.findall(self.text)

    @cached_property
    def later_imports(self) -> list[str]:
        """Of a script: those that it imports on the way."""
        return _LATER.findall(self.text)

    @cached_property
    def compressed(self) -> bytes | None:
        """Made at the first request; None where it saves nothing."""
        return None if self.is_packed else compress(self.content, level=9)


class Assets:
    """The tree below a folder, which is not looked at again: a server never mixes two versions of its files.

    The version stands in the path, so modules and styles that name each other by relative addresses stay within it.
    """

    def __init__(self, folder: Path):
        files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.suffix in MEDIA_TYPES}
        self._assets = {name: Asset(files[name]) for name in sorted(files)}
        tree = "".join(f"{name}\0{asset.digest}\0" for name, asset in self._assets.items())
        self.version = hashlib.sha256(tree.encode()).hexdigest()[:VERSION_CHARACTERS]

    def find(self, name: str) -> Asset | None:
        return self._assets.get(name)

    def read(self, name: str) -> str:
        """The text of a file. Raises KeyError if there is none."""
        return self._assets[name].text

    def address(self, name: str) -> str:
        """Where this version of the file is served. Raises KeyError if there is none."""
        if name not in self._assets:
            raise KeyError(name)
        return f"{PREFIX}{self.version}/{name}"

    def modules(self, *scripts: str) -> list[str]:
        """Scripts and all that they cannot begin without, nearest first. Raises KeyError for a module that there is not."""
        found = list(scripts)
        for script in found:  # while it grows
            found += [module for module in _resolve(script, self._assets[script].imports) if module not in found]
        return found

    def later_modules(self, script: str) -> list[str]:
        """All that a script and its modules import on the way, with what that cannot begin without."""
        first = self.modules(script)
        named = (name for module in first for name in _resolve(module, self._assets[module].later_imports))
        return [module for module in self.modules(*dict.fromkeys(named)) if module not in first]


def _resolve(script: str, addresses: list[str]) -> list[str]:
    folder = posixpath.dirname(script)
    return list(dict.fromkeys(posixpath.normpath(posixpath.join(folder, address)) for address in addresses))
