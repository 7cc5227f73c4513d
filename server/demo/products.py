"""Pictures of the demo mall's goods: drawn as simple things on coloured ground, with the demo's own notes in them."""
from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from server.demo.notes import Colour, Engraver

SIDE = 640
FINE = 2  # drawn so many times larger and made smaller, for smooth edges
BANNER_WIDTH, BANNER_HEIGHT = 1200, 400
UNIT = SIDE * FINE / 100  # things are drawn on a ground of 100 by 100

DARK, LIGHT, STEEL, GOLD, WOOD = (46, 44, 48), (250, 249, 245), (176, 184, 190), (200, 158, 74), (122, 84, 54)
COLOURS: dict[str, Colour] = {
    "红": (168, 52, 44),
    "蓝": (44, 82, 140),
    "绿": (58, 116, 82),
    "棕": WOOD,
    "黑": DARK,
    "紫": (104, 72, 146),
    "橙": (206, 118, 52),
    "灰": (128, 136, 142),
    "白": (232, 232, 228),
    "金": GOLD,
}
NOTE_COLOUR = (176, 158, 120)  # of the ground behind a note

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Easel:
    """One picture that is being drawn."""

    image: Image.Image
    pen: ImageDraw.ImageDraw
    colour: Colour
    note: Callable[[], Image.Image]

    def box(self, box: Box, fill: Colour | None, *, round: float = 0, line: Colour | None = None, width: float = 0.4) -> None:
        self.pen.rounded_rectangle(_scaled(box), round * UNIT, fill, line, max(1, int(width * UNIT)))

    def oval(self, box: Box, fill: Colour | None, *, line: Colour | None = None, width: float = 0.4) -> None:
        self.pen.ellipse(_scaled(box), fill, line, max(1, int(width * UNIT)))

    def shape(self, *points: tuple[float, float], fill: Colour) -> None:
        self.pen.polygon([(x * UNIT, y * UNIT) for x, y in points], fill)

    def line(self, *points: tuple[float, float], fill: Colour, width: float) -> None:
        self.pen.line([(x * UNIT, y * UNIT) for x, y in points], fill, int(width * UNIT), "curve")

    def text(self, x: float, y: float, text: str, size: float, fill: Colour) -> None:
        font = ImageFont.load_default(size * UNIT)
        self.pen.text((x * UNIT, y * UNIT), text, fill, font, anchor="mm")

    def put_note(self, box: Box) -> None:
        left, top, right, bottom = map(int, _scaled(box))
        self.image.paste(self.note().resize((right - left, bottom - top)), (left, top))

    def flower(self, x: float, y: float, radius: float, fill: Colour) -> None:
        """A guilloche, as on the notes."""
        for turn in range(3):
            points = []
            for step in range(241):
                angle = math.tau * step / 240
                reach = radius * (0.72 + 0.28 * math.cos(9 * angle + turn * 0.7))
                points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
            self.line(*points, fill=fill, width=0.3)


class ProductPainter:
    """Draws goods; a note is engraved once and then only made smaller."""

    def __init__(self, engraver: Engraver):
        self._engraver = engraver
        self._notes: dict[str, Image.Image] = {}

    def draw(self, kind: str, look: str) -> bytes:
        """A JPEG. `look` names a colour, or a category of notes."""
        colour = COLOURS.get(look, NOTE_COLOUR)
        image = Image.new("RGB", (SIDE * FINE, SIDE * FINE), _mixed(colour, LIGHT, 0.86))
        easel = Easel(image, ImageDraw.Draw(image), colour, lambda: self._note(look if look not in COLOURS else "龙钞补号"))
        easel.oval((14, 80, 86, 92), _mixed(colour, LIGHT, 0.72))
        KINDS[kind](easel)
        made = io.BytesIO()
        image.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(made, "JPEG", quality=88)
        return made.getvalue()

    def draw_banner(self, look: str, *things: tuple[str, str]) -> bytes:
        """A wide JPEG with several things side by side."""
        ground = _mixed(COLOURS[look], LIGHT, 0.86)
        banner = Image.new("RGB", (BANNER_WIDTH, BANNER_HEIGHT), ground)
        step = BANNER_WIDTH // len(things)
        for place, thing in enumerate(things):
            drawn = Image.open(io.BytesIO(self.draw(*thing))).resize((BANNER_HEIGHT, BANNER_HEIGHT), Image.Resampling.LANCZOS)
            banner.paste(drawn, (place * step + (step - BANNER_HEIGHT) // 2, 0))
        made = io.BytesIO()
        banner.save(made, "JPEG", quality=88)
        return made.getvalue()

    def _note(self, category: str) -> Image.Image:
        if category not in self._notes:
            self._notes[category] = Image.open(io.BytesIO(self._engraver.draw_front(category, "J000088888"))).convert("RGB")
        return self._notes[category]


def _album(on: Easel) -> None:
    on.box((22, 14, 80, 86), _mixed(on.colour, DARK, 0.35), round=2)
    on.box((18, 12, 76, 84), on.colour, round=2)
    on.box((18, 12, 27, 84), _mixed(on.colour, DARK, 0.3), round=2)
    on.box((34, 28, 69, 50), LIGHT, round=1)
    on.put_note((36, 31, 67, 47))
    on.flower(51, 66, 9, _mixed(on.colour, GOLD, 0.8))


def _page(on: Easel) -> None:
    on.box((24, 10, 78, 88), LIGHT, round=1.5, line=STEEL)
    for top in (16, 40, 64):
        on.box((30, top, 74, top + 20), (238, 242, 244), round=1, line=STEEL)
        on.put_note((33, top + 2, 71, top + 18))
    for y in (24, 49, 74):
        on.oval((25.5, y - 1.2, 28, y + 1.2), _mixed(on.colour, LIGHT, 0.7), line=STEEL)


def _sleeve(on: Easel) -> None:
    for step in range(4):
        left, top = 12 + step * 5, 22 + step * 9
        on.box((left, top, left + 62, top + 30), (240, 245, 248), round=1, line=_mixed(on.colour, LIGHT, 0.3), width=0.6)
    on.put_note((30, 52, 86, 76))
    on.box((27, 49, 89, 79), None, round=1, line=on.colour, width=0.7)


def _box(on: Easel) -> None:
    on.shape((16, 42), (50, 30), (86, 42), (52, 56), fill=_mixed(on.colour, LIGHT, 0.3))
    on.shape((16, 42), (52, 56), (52, 88), (16, 74), fill=on.colour)
    on.shape((86, 42), (52, 56), (52, 88), (86, 74), fill=_mixed(on.colour, DARK, 0.35))
    on.line((16, 54), (52, 68), (86, 54), fill=_mixed(on.colour, DARK, 0.6), width=0.7)
    on.box((47, 62, 57, 72), GOLD, round=1)


def _slab(on: Easel) -> None:
    on.box((16, 16, 84, 86), (224, 229, 231), round=4, line=STEEL, width=0.8)
    on.box((22, 21, 78, 38), LIGHT, round=1, line=STEEL)
    on.text(64, 29.5, "68", 10, on.colour)
    on.text(38, 29.5, "EPQ", 4, DARK)
    on.box((20, 44, 80, 78), (238, 241, 242), round=2, line=STEEL)
    on.put_note((23, 48, 77, 74))


def _cabinet(on: Easel) -> None:
    on.box((26, 10, 76, 88), on.colour, round=2)
    on.box((30, 22, 72, 84), _mixed(on.colour, (205, 222, 230), 0.8), round=1)
    for y in (42, 62):
        on.line((30, y), (72, y), fill=on.colour, width=0.8)
    for x, top in ((33, 26), (41, 26), (49, 27), (35, 46), (44, 46), (57, 47), (34, 66), (46, 66), (60, 67)):
        on.box((x, top, x + 6, top + 14), _mixed(COLOURS["红" if x % 2 else "蓝"], LIGHT, 0.2), round=0.5)
    on.box((42, 12.5, 60, 19.5), (18, 30, 26), round=1)
    on.text(51, 16, "45% RH", 4, (110, 230, 150))


def _loupe(on: Easel) -> None:
    on.line((58, 58), (84, 86), fill=_mixed(on.colour, DARK, 0.3), width=8)
    on.oval((16, 14, 70, 68), on.colour)
    on.oval((21, 19, 65, 63), (226, 238, 244))
    on.flower(43, 41, 16, _mixed(COLOURS["红"], LIGHT, 0.35))
    on.oval((21, 19, 65, 63), None, line=_mixed(on.colour, LIGHT, 0.5), width=0.8)


def _lamp(on: Easel) -> None:
    glow = _mixed(on.colour, LIGHT, 0.55)
    on.shape((62, 36), (92, 10), (92, 74), (62, 56), fill=glow)
    on.put_note((68, 32, 90, 52))
    on.box((10, 38, 54, 54), DARK, round=3)
    on.shape((52, 38), (64, 33), (64, 59), (52, 54), fill=_mixed(DARK, LIGHT, 0.2))
    on.box((26, 35, 36, 39), STEEL, round=1)
    on.oval((60, 35, 66, 57), glow)


def _scale(on: Easel) -> None:
    on.box((20, 16, 80, 86), on.colour, round=4)
    on.box((25, 21, 75, 60), STEEL, round=3)
    on.oval((38, 28, 62, 52), GOLD, line=_mixed(GOLD, DARK, 0.3), width=0.8)
    on.flower(50, 40, 8, _mixed(GOLD, DARK, 0.4))
    on.box((26, 66, 62, 79), (196, 214, 190), round=1)
    on.text(44, 72.5, "26.86 g", 7, DARK)
    for x in (66, 72):
        on.oval((x - 1, 70, x + 3, 74), LIGHT)


def _caliper(on: Easel) -> None:
    on.box((8, 40, 94, 47), STEEL, round=0.5)
    for x in range(30, 92, 3):
        on.line((x, 40), (x, 43 if x % 2 else 44.5), fill=DARK, width=0.3)
    on.shape((8, 40), (18, 40), (18, 74), (13, 80), (8, 60), fill=_mixed(STEEL, DARK, 0.15))
    on.shape((34, 40), (44, 40), (44, 60), (39, 80), (34, 74), fill=_mixed(STEEL, DARK, 0.25))
    on.box((32, 30, 66, 52), DARK, round=2)
    on.box((36, 34, 58, 46), (196, 214, 190), round=1)
    on.text(47, 40, "25.00", 6, DARK)
    on.oval((18, 56, 34, 72), GOLD, line=_mixed(GOLD, DARK, 0.3))


def _tweezers(on: Easel) -> None:
    for lean in (-1, 1):
        on.line((50, 12), (50 + lean * 9, 44), (50 + lean * 3, 82), fill=_mixed(on.colour, DARK, 0.1 if lean < 0 else 0.3), width=3.2)
    on.oval((46, 8, 54, 16), _mixed(on.colour, DARK, 0.2))
    on.oval((42, 78, 58, 94), GOLD, line=_mixed(GOLD, DARK, 0.3), width=0.6)


def _gloves(on: Easel) -> None:
    for left, tone in ((16, 0.0), (46, 0.08)):
        cloth = _mixed(on.colour, DARK, tone)
        edge = _mixed(on.colour, DARK, 0.3)
        for finger, top in enumerate((26, 18, 16, 22)):
            x = left + 7 + finger * 7
            on.box((x, top, x + 6.4, 56), cloth, round=3.2, line=edge)
        on.box((left, 42, left + 12, 52), cloth, round=4, line=edge)
        on.box((left + 7, 44, left + 34.4, 80), cloth, round=4)
        on.box((left + 8, 78, left + 33.4, 88), _mixed(cloth, DARK, 0.12), round=1)


def _book(on: Easel) -> None:
    on.shape((76, 14), (82, 18), (82, 90), (76, 86), fill=(236, 230, 214))
    on.shape((22, 86), (76, 86), (82, 90), (28, 90), fill=(222, 214, 196))
    on.box((20, 12, 76, 86), on.colour, round=1)
    on.box((20, 12, 26, 86), _mixed(on.colour, DARK, 0.35), round=1)
    on.box((31, 20, 71, 36), LIGHT, round=0.5)
    on.text(51, 28, "CATALOGUE", 5, on.colour)
    on.put_note((32, 46, 70, 64))
    on.flower(51, 75, 6, _mixed(on.colour, GOLD, 0.8))


def _note(on: Easel) -> None:
    on.box((9, 31, 95, 72), _mixed(on.colour, DARK, 0.3), round=0.5)
    on.put_note((7, 28, 93, 68))


def _sheet(on: Easel) -> None:
    on.box((11, 13, 93, 89), _mixed(on.colour, DARK, 0.3))
    on.box((8, 10, 90, 86), LIGHT)
    for left in (11, 50):
        for top in (14, 49):
            on.put_note((left, top, left + 37, top + 33))


def _frame(on: Easel) -> None:
    on.box((12, 12, 88, 84), _mixed(WOOD, DARK, 0.25), round=1)
    on.box((14, 14, 86, 82), WOOD, round=0.5)
    on.box((19, 19, 81, 77), LIGHT)
    on.put_note((25, 33, 75, 58))
    on.box((24, 32, 76, 59), None, line=GOLD)


def _pen(on: Easel) -> None:
    on.line((16, 80), (66, 30), fill=on.colour, width=8)
    on.line((34, 62), (38, 58), fill=GOLD, width=8.4)
    on.shape((63.2, 27.2), (68.8, 32.8), (84, 15), fill=GOLD)
    on.line((69, 29), (82, 17), fill=_mixed(GOLD, DARK, 0.5), width=0.4)
    on.flower(27, 69, 5, _mixed(on.colour, LIGHT, 0.6))


def _card(on: Easel) -> None:
    for step in range(3):
        left, top = 14 + step * 8, 16 + step * 12
        on.box((left, top, left + 56, top + 40), LIGHT, round=1, line=_mixed(on.colour, LIGHT, 0.5))
        on.flower(left + 28, top + 20, 15, _mixed(on.colour, GOLD, step * 0.4))


def _puzzle(on: Easel) -> None:
    on.box((14, 14, 86, 86), _mixed(on.colour, LIGHT, 0.6), round=1)
    on.flower(50, 50, 34, on.colour)
    on.flower(50, 50, 18, _mixed(on.colour, GOLD, 0.7))
    for at in range(26, 86, 12):
        on.line((at, 14), (at, 86), fill=LIGHT, width=0.4)
        on.line((14, at), (86, at), fill=LIGHT, width=0.4)
        on.oval((at - 2, 30, at + 2, 34), _mixed(on.colour, LIGHT, 0.5), line=LIGHT)
        on.oval((54, at - 2, 58, at + 2), _mixed(on.colour, LIGHT, 0.5), line=LIGHT)


def _gift(on: Easel) -> None:
    ribbon = GOLD if on.colour != GOLD else COLOURS["红"]
    on.box((18, 40, 82, 88), on.colour, round=1)
    on.box((14, 30, 86, 44), _mixed(on.colour, DARK, 0.15), round=1)
    on.box((45, 30, 55, 88), ribbon)
    for left in (28, 52):
        on.oval((left, 14, left + 20, 32), None, line=ribbon, width=2.6)


def _tube(on: Easel) -> None:
    on.line((22, 76), (76, 24), fill=on.colour, width=18)
    on.line((18, 80), (26, 72), fill=_mixed(on.colour, DARK, 0.4), width=20)
    on.line((72, 28), (80, 20), fill=_mixed(on.colour, DARK, 0.4), width=20)
    on.flower(49, 50, 6, _mixed(on.colour, LIGHT, 0.6))


def _cloth(on: Easel) -> None:
    on.shape((14, 40), (62, 18), (88, 58), (38, 84), fill=_mixed(on.colour, LIGHT, 0.35))
    on.shape((62, 18), (88, 58), (70, 46), fill=on.colour)
    on.oval((34, 42, 58, 66), STEEL, line=_mixed(STEEL, DARK, 0.3), width=0.8)
    on.flower(46, 54, 8, _mixed(STEEL, DARK, 0.4))


KINDS: dict[str, Callable[[Easel], None]] = {
    "album": _album,
    "page": _page,
    "sleeve": _sleeve,
    "box": _box,
    "slab": _slab,
    "cabinet": _cabinet,
    "loupe": _loupe,
    "lamp": _lamp,
    "scale": _scale,
    "caliper": _caliper,
    "tweezers": _tweezers,
    "gloves": _gloves,
    "book": _book,
    "note": _note,
    "sheet": _sheet,
    "frame": _frame,
    "pen": _pen,
    "card": _card,
    "puzzle": _puzzle,
    "gift": _gift,
    "tube": _tube,
    "cloth": _cloth,
}


def _scaled(box: Box) -> Box:
    left, top, right, bottom = box
    return left * UNIT, top * UNIT, right * UNIT, bottom * UNIT


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(first + (second - first) * share) for first, second in zip(one, other))
    return red, green, blue
