"""Notes drawn for the demo: guilloches, a denomination and the serial number, as money is drawn and no money looks."""
from __future__ import annotations

import io
import math
from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1000, 466
FINE = 2  # templates are drawn so many times larger and made smaller: lines as thin as an engraver's
PAPER = (247, 243, 232)
INK = (38, 34, 30)
SERIAL_INK = (150, 28, 32)
SLAB, LABEL = (226, 230, 231), (252, 252, 249)
MARGIN = 90  # of the holder around the note
LABEL_HEIGHT = 150

Colour = tuple[int, int, int]
Point = tuple[float, float]


class Design(NamedTuple):
    """What a category's notes have in common. `lobes` and `turns` are those of its rosettes."""

    denomination: str
    main: Colour
    second: Colour
    lobes: int
    turns: int


DESIGNS = {
    "龙钞补号": Design("100", (166, 58, 34), (206, 140, 44), 8, 13),
    "渣打150": Design("150", (28, 98, 92), (176, 138, 58), 12, 17),
    "航天号": Design("100", (34, 74, 136), (96, 62, 140), 10, 21),
    "荷花钞": Design("10", (58, 112, 52), (190, 84, 116), 6, 11),
}
OTHER = Design("50", (92, 78, 120), (60, 120, 128), 9, 14)


class Engraver:
    """Draws a category's note once, and then only what is each note's own."""

    def __init__(self) -> None:
        self._fronts: dict[str, Image.Image] = {}
        self._backs: dict[str, bytes] = {}

    def draw_front(self, category: str, serial: str) -> bytes:
        """A JPEG, as all of these."""
        return _written(self._draw_note(category, serial))

    def draw_back(self, category: str) -> bytes:
        if category not in self._backs:
            self._backs[category] = _written(_back(_design(category)))
        return self._backs[category]

    def draw_holder(self, category: str, serial: str, grade: str) -> bytes:
        """The note as a grader seals it."""
        return _written(_sealed(self._draw_note(category, serial), serial, grade.strip(), _design(category).main))

    def _draw_note(self, category: str, serial: str) -> Image.Image:
        if category not in self._fronts:
            self._fronts[category] = _front(_design(category))
        note = self._fronts[category].copy()
        pen = ImageDraw.Draw(note)
        pen.text((92, 374), serial, SERIAL_INK, _font(34), anchor="lm")
        pen.text((WIDTH - 92, 92), serial, INK, _font(28), anchor="rm")
        return note


def _sealed(note: Image.Image, serial: str, grade: str, colour: Colour) -> Image.Image:
    slab = Image.new("RGB", (WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN + LABEL_HEIGHT), SLAB)
    pen = ImageDraw.Draw(slab)
    pen.rounded_rectangle((20, 20, slab.width - 20, slab.height - 20), 36, outline=(190, 197, 199), width=4)
    pen.rectangle((MARGIN, 50, slab.width - MARGIN, 50 + LABEL_HEIGHT), LABEL, outline=(200, 204, 204), width=2)
    pen.text((MARGIN + 36, 50 + LABEL_HEIGHT / 2), serial, INK, _font(44), anchor="lm")
    pen.text((slab.width - MARGIN - 36, 50 + LABEL_HEIGHT / 2), grade, colour, _font(84), anchor="rm")
    slab.paste(note, (MARGIN, MARGIN + LABEL_HEIGHT))
    well = (MARGIN - 8, MARGIN + LABEL_HEIGHT - 8, slab.width - MARGIN + 8, slab.height - MARGIN + 8)
    pen.rectangle(well, outline=(250, 252, 252), width=6)
    return slab


def _front(design: Design) -> Image.Image:
    note, pen = _sheet(design)
    _rosette(pen, (245, 226), 150, design, design.main)
    _rosette(pen, (245, 226), 76, design, design.second)
    _rosette(pen, (765, 244), 124, design._replace(lobes=design.lobes * 2), design.second)
    _rosette(pen, (765, 244), 64, design, design.main)
    for at, size in (((518, 236), 118), ((128, 94), 46), ((WIDTH - 128, HEIGHT - 92), 46)):
        _number(pen, at, design.denomination, size, design.main)
    return _reduced(note)


def _back(design: Design) -> Image.Image:
    note, pen = _sheet(design._replace(main=design.second, second=design.main))
    for radius, colour in ((165, design.second), (112, design.main), (64, design.second)):
        _rosette(pen, (WIDTH / 2, HEIGHT / 2), radius, design, colour)
    for x in (172, WIDTH - 172):
        _rosette(pen, (x, HEIGHT / 2), 88, design, design.main)
        _number(pen, (x, HEIGHT / 2), design.denomination, 72, design.second)
    return _reduced(note)


def _design(category: str) -> Design:
    return DESIGNS.get(category, OTHER)


def _sheet(design: Design) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Paper with its ground of waves and the frame."""
    note = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), PAPER)
    pen = ImageDraw.Draw(note)
    for index in range(-2, 40):
        tint = _between(PAPER, design.main if index % 2 else design.second, 0.28)
        pen.line(list(_wave(40, WIDTH - 40, 14 + index * 12, 26, 300, index * 0.21)), tint, FINE // 2)
    pen.rectangle((0, 0, *_scaled((WIDTH, 40))), PAPER)
    pen.rectangle((*_scaled((0, HEIGHT - 40)), *_scaled((WIDTH, HEIGHT))), PAPER)
    for y in (52, HEIGHT - 52):
        for phase in range(6):
            pen.line(list(_wave(40, WIDTH - 40, y, 12, 46, phase * math.pi / 3)), design.main, FINE // 2)
    for inset, colour in ((34, design.main), (40, design.second), (66, design.main)):
        pen.rectangle((*_scaled((inset, inset)), *_scaled((WIDTH - inset, HEIGHT - inset))), outline=colour, width=FINE)
    return note, pen


def _rosette(pen: ImageDraw.ImageDraw, centre: Point, radius: float, design: Design, colour: Colour) -> None:
    """A guilloche: one line that swings between two circles until it meets itself, several times, each turned a little."""
    x, y = _scaled(centre)
    pen.ellipse((x - radius * FINE, y - radius * FINE, x + radius * FINE, y + radius * FINE), _between(PAPER, colour, 0.1))
    for turn in range(6):
        line = list(_swing(centre, radius, design, turn * math.tau / design.lobes / 6))
        pen.line(line, _between(PAPER, colour, 0.55 + 0.09 * turn), FINE // 2)


def _number(pen: ImageDraw.ImageDraw, at: Point, text: str, size: int, colour: Colour) -> None:
    pen.text(_scaled(at), text, colour, _font(size * FINE), anchor="mm", stroke_width=3 * FINE, stroke_fill=PAPER)


def _swing(centre: Point, radius: float, design: Design, turned: float) -> Iterator[Point]:
    steps = 180 * design.lobes
    for step in range(steps + 1):
        angle = math.tau * step / steps
        reach = radius * (0.62 + 0.26 * math.cos(design.turns * angle) + 0.12 * math.cos(design.lobes * angle))
        yield _scaled((centre[0] + reach * math.cos(angle + turned), centre[1] + reach * math.sin(angle + turned)))


def _wave(start: float, end: float, y: float, height: float, length: float, phase: float) -> Iterator[Point]:
    for x in range(int(start), int(end) + 1, 4):
        yield _scaled((x, y + height * math.sin(math.tau * x / length + phase)))


def _scaled(point: Point) -> Point:
    return point[0] * FINE, point[1] * FINE


def _between(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(first + (second - first) * share) for first, second in zip(one, other))
    return red, green, blue


def _reduced(note: Image.Image) -> Image.Image:
    return note.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def _written(picture: Image.Image) -> bytes:
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=90)
    return made.getvalue()
