"""Number formats of workbooks: what Excel shows of a number. What is not certain is not guessed but doubted."""
from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from msgspec import Struct

from server.outside.sheets.cells import Cell, text_cell

GENERAL = "General"
_DATE, _DATE_TIME = "yyyy-m-d", "yyyy-m-d h:mm"
# Formats that a workbook names by number only. Dates and currencies follow the reader's country: these are China's.
BUILT_IN = {
    **{0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??"},
    **dict.fromkeys((5, 6), '"¥"#,##0'),
    **dict.fromkeys((7, 8), '"¥"#,##0.00'),
    **{14: _DATE, 15: _DATE, 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss"},
    22: _DATE_TIME,
    **{27: "yyyy-m", 28: "m-d", 29: "m-d", 30: "m-d-yy", 31: _DATE, 32: "h:mm", 33: "h:mm:ss", 34: "h:mm", 35: "h:mm:ss", 36: "yyyy-m"},
    **dict.fromkeys((37, 38), "#,##0"),
    **dict.fromkeys((39, 40), "#,##0.00"),
    **{41: "#,##0", 42: '"¥"#,##0', 43: "#,##0.00", 44: '"¥"#,##0.00', 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0"},
    **{48: "##0.0E+0", 49: "@", 50: "yyyy-m", 51: "m-d", 52: "yyyy-m", 53: "m-d", 54: "m-d"},
    **{55: "h:mm", 56: "h:mm:ss", 57: "yyyy-m", 58: "m-d"},
}

MOST_DIGITS = 15  # of a number that Excel keeps; the rest become zeros
GENERAL_CHARACTERS = 11  # so many Excel shows of a number without a format, then it rounds or goes to powers of ten
SMALLEST_IN_FULL = Decimal("0.0001")  # as GENERAL shows it
FIRST_SURE_DAY = 61  # before March 1900 Excel's days are off by one
LAST_DAY = 2958465  # 9999-12-31

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_ISO_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.0+)?Z?)?", re.ASCII)
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General|G/通用格式)|(?P<noon>AM/PM|A/P|上午/下午)|(?P<power>E[+-])"
    r"|(?P<date>y+|m+|d+|h+|s+|a{3,4}|b+|e+|g+)|(?P<digit>[0#?])|(?P<mark>[.,%;@/])|(?P<plain>.)",
    re.IGNORECASE | re.DOTALL,
)
_COLOUR = re.compile(
    r"black|blue|cyan|green|magenta|red|white|yellow|color *[0-9]+|[黑蓝青绿红白黄]色?|洋红色?|颜色 *[0-9]+", re.IGNORECASE
)
# A longer number would ask for other digits or another calendar.
_CURRENCY = re.compile(r"\$([^-]*)(?:-(?:[0-9a-f]{1,4}|[a-z][a-z-]+))?", re.IGNORECASE)


class _Token(Struct, frozen=True):
    kind: str
    text: str


class _Uncertain(Exception):
    """The format does what is not rendered here."""


def show_number(raw: str, code: str, *, is_1904: bool) -> Cell:
    """What a number looks like that the file writes as `raw`."""
    if not _NUMBER.fullmatch(raw) or not (number := Decimal(f"{float(raw):.{MOST_DIGITS}g}")).is_finite():
        return Cell(raw, "error")
    if abs(number) >= 10**MOST_DIGITS:
        return Cell(raw, "digits")
    try:
        return _show(number, code, is_1904)
    except _Uncertain:
        return Cell(_plain(number), f"format:{code}")


def show_moment(raw: str) -> Cell:
    """A date that the file writes as one."""
    found = _ISO_MOMENT.fullmatch(raw)
    return Cell(" ".join(part for part in found.groups() if part), "date") if found else Cell(raw, "error")


def show_text(text: str, code: str) -> Cell:
    """What a text looks like: a format may put something around it, or hide it."""
    if code in (GENERAL, "@"):
        return text_cell(text)
    try:
        sections = _sections(code)
        section = sections[3] if len(sections) > 3 else sections[-1]
        if len(sections) <= 3 and not any(token == _AT for token in section):
            return text_cell(text)
        around = [token for token in section if token != _AT]
        if any(token.kind != "literal" for token in around) or _AT not in section:
            raise _Uncertain
        return text_cell("".join(text if token == _AT else token.text for token in section).strip() if around else text)
    except _Uncertain:
        return Cell(text, f"format:{code}")


_AT = _Token("mark", "@")


def _show(number: Decimal, code: str, is_1904: bool) -> Cell:
    sections = _sections(code)
    if any(token.kind == "odd" for section in sections for token in section):
        raise _Uncertain
    section, is_own = _section_for(number, sections)
    kinds = {token.kind for token in section}
    if "date" in kinds:
        return _show_date(number, section, is_1904)
    if kinds & {"noon", "elapsed"}:
        raise _Uncertain
    if "power" in kinds:
        return Cell(f"{number:E}", "power")
    if kinds == {"general"} or section == (_AT,):
        return _show_general(number)
    if number < 0 and is_own:  # whether its minus is shown is the format's affair
        raise _Uncertain
    return _show_digits(number, section)


def _show_general(number: Decimal) -> Cell:
    text = _plain(number)
    if abs(number) >= 10**GENERAL_CHARACTERS or 0 < abs(number) < SMALLEST_IN_FULL:
        return Cell(text, "power")
    return Cell(text, "rounded" if len(text.lstrip("-")) > GENERAL_CHARACTERS else None)


def _show_digits(number: Decimal, section: tuple[_Token, ...]) -> Cell:
    percents = section.count(_Token("mark", "%"))
    number *= 100**percents
    tokens = [_Token("literal", "%") if token == _Token("mark", "%") else token for token in section]
    point = tokens.index(_POINT) if _POINT in tokens else len(tokens)
    whole, fraction = tokens[:point], tokens[point + 1 :]
    if any(token.kind in ("mark", "general") for token in fraction) or any(token == _AT or token.text == "/" for token in whole):
        raise _Uncertain
    places = sum(token.kind == "digit" for token in fraction)
    exact = f"{abs(number):f}".partition(".")[2].rstrip("0")
    if len(exact) > places:
        return Cell(_plain(number), "rounded")
    left, groups = _show_whole(str(int(abs(number))).lstrip("0"), whole)
    right = _show_fraction(exact, fraction) if point < len(tokens) else ""
    text = (("-" if number < 0 else "") + left + right).strip()
    if not text:
        raise _Uncertain
    return Cell(text, number=text.replace(",", "") if groups and "," in text else None)


_POINT, _COMMA = _Token("mark", "."), _Token("mark", ",")


def _show_whole(digits: str, tokens: list[_Token]) -> tuple[str, bool]:
    """The part before the point, and whether it has commas between thousands."""
    places = [index for index, token in enumerate(tokens) if token.kind == "digit"]
    if not places:
        if digits:
            raise _Uncertain
        return "".join(token.text for token in tokens), False
    inner = tokens[places[0] : places[-1] + 1]
    groups = _COMMA in inner
    if _COMMA in tokens[: places[0]] + tokens[places[-1] + 1 :] or (groups and any(token.kind == "literal" for token in inner)):
        raise _Uncertain  # a comma at the end divides by a thousand
    shown = _group(digits.rjust(sum(token.text == "0" for token in inner), "0")) if groups else _fill(digits, inner)
    before, after = (("".join(token.text for token in some)) for some in (tokens[: places[0]], tokens[places[-1] + 1 :]))
    return before + shown + after, groups


def _group(digits: str) -> str:
    first = len(digits) % 3
    return ",".join(part for part in (digits[:first], *(digits[at : at + 3] for at in range(first, len(digits), 3))) if part)


def _fill(digits: str, tokens: list[_Token]) -> str:
    """The digits on their places, from the right; those that have none stand on the first."""
    shown: list[str] = []
    left = list(digits)
    for token in reversed(tokens):
        if token.kind == "literal":
            shown.append(token.text)
        else:
            shown.append(left.pop() if left else {"0": "0", "?": " "}.get(token.text, ""))
    return "".join(left) + "".join(reversed(shown))


def _show_fraction(digits: str, tokens: list[_Token]) -> str:
    shown = "."
    rest = iter(digits)
    for token in tokens:
        shown += token.text if token.kind == "literal" else next(rest, {"0": "0", "?": " "}.get(token.text, ""))
    return shown


def _show_date(number: Decimal, section: tuple[_Token, ...], is_1904: bool) -> Cell:
    """Year, month and day, and the time where the format shows it."""
    parts = _date_parts([token.text.lower() for token in section if token.kind == "date"])
    if not (0 if is_1904 else FIRST_SURE_DAY) <= number <= LAST_DAY or not parts >= {"year", "month", "day"}:
        raise _Uncertain
    moment = (datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)) + timedelta(seconds=round(float(number) * 86400))
    if not parts & {"hour", "minute", "second"}:
        return Cell(f"{moment:%Y-%m-%d}", "date")
    if not parts >= {"hour", "minute"} or (moment.second and "second" not in parts):
        raise _Uncertain
    return Cell(f"{moment:%Y-%m-%d %H:%M:%S}" if "second" in parts else f"{moment:%Y-%m-%d %H:%M}", "date")


def _date_parts(letters: list[str]) -> set[str]:
    parts: set[str] = set()
    for at, some in enumerate(letters):
        letter = some[0]
        if letter == "m":
            is_minute = len(some) <= 2 and (letters[at - 1 : at] or "-")[0][0] == "h" or (letters[at + 1 : at + 2] or "-")[0][0] == "s"
            parts.add("minute" if is_minute else "month" if len(some) < 5 else "initial")
        elif letter in "yhs":
            parts.add({"y": "year", "h": "hour", "s": "second"}[letter])
        elif letter == "d":
            parts.add("day" if len(some) < 3 else "weekday")
        elif letter != "a":  # of other calendars
            raise _Uncertain
    return parts


def _section_for(number: Decimal, sections: tuple[tuple[_Token, ...], ...]) -> tuple[tuple[_Token, ...], bool]:
    """The section of a format that shows this number, and whether it is for numbers of that sign alone."""
    numeric = [section for section in sections[:3] if _AT not in section] if len(sections) > 1 else list(sections)
    at = 2 if number == 0 else 1 if number < 0 else 0
    if len(numeric) > at:
        return numeric[at], at > 0
    if not numeric or not numeric[0]:
        raise _Uncertain
    return numeric[0], False


@lru_cache(maxsize=256)
def _sections(code: str) -> tuple[tuple[_Token, ...], ...]:
    sections: list[list[_Token]] = [[]]
    for found in _TOKEN.finditer(code):
        if found.lastgroup == "mark" and found[0] == ";":
            sections.append([])
        elif (token := _token(found)) is not None:
            sections[-1].append(token)
    return tuple(tuple(section) for section in sections)


def _token(found: re.Match[str]) -> _Token | None:
    kind = found.lastgroup or "plain"
    if kind in ("quoted", "escaped", "plain"):
        return _Token("literal", found[kind])
    if kind in ("space", "fill"):  # room as wide as a character; a character as often as there is room
        return _Token("literal", " ") if kind == "space" else None
    if kind == "bracket":
        return _bracket(found[kind])
    return _Token(kind, found[0] if kind != "general" else "")


def _bracket(text: str) -> _Token | None:
    if _COLOUR.fullmatch(text):
        return None
    if currency := _CURRENCY.fullmatch(text):
        return _Token("literal", currency[1]) if currency[1] else None
    return _Token("elapsed" if set(text.lower()) <= set("hms") else "odd", text)


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
