"""Reads the numbers under bar codes of products (GTIN), by biip."""
from __future__ import annotations

from server.domain.mall.tools.bar_codes import ReadCode


class GtinReader:
    """Implements BarCodeReader."""

    def read(self, text: str) -> ReadCode | None:
        # Imported here: it reads the tables of all prefixes, which is an eighth of what a worker does before it serves.
        from biip import BiipException
        from biip.gtin import Gtin

        if not text.isascii():  # it takes digits of all scripts
            return None
        try:
            gtin = Gtin.parse(text)
        except BiipException:
            return None
        return ReadCode(gtin.value, gtin.prefix.usage if gtin.prefix is not None else "")
