"""What the mall's clients expect of each operation's data (shapes.json), and whether an answer is so.

Words of types: int num money (two decimals at most) str str+ (not empty) bool date (yyyy-MM-dd HH:mm:ss) day json (JSON text) url
(absolute) rid (a region's number of 12 digits) obj any null; a|b either; @X from $types; [T] a list; {"$page": T} a page of them;
{"$nonempty": T} a list with one at least; {"$map": T} an object of them; {"$all": [..]} all together; {"$case": ..} by a parameter;
`name?` may be absent, and is never null.
"""
from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

BOOK: dict[str, Any] = json.loads((Path(__file__).parent / "shapes.json").read_text())
TYPES = BOOK["$types"]
OPERATIONS = {name: about for name, about in BOOK.items() if not name.startswith("$")}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return _is_number(value) and value == int(value)


def _is_text(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL) is not None


def _is_json(value: Any) -> bool:
    try:
        json.loads(value)
        return isinstance(value, str)
    except (TypeError, ValueError):
        return False


WORDS: dict[str, Callable[[Any], bool]] = {
    "int": _is_whole,
    "num": _is_number,
    "money": lambda value: _is_number(value) and abs(value * 100 - round(value * 100)) < 1e-6,
    "str": _is_text(".*"),
    "str+": _is_text(".+"),
    "bool": lambda value: isinstance(value, bool),
    "date": _is_text(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
    "day": _is_text(r"\d{4}-\d\d-\d\d"),
    "json": _is_json,
    "url": _is_text(r"https?://[^/]+/.*"),
    "rid": _is_text(r"\d{12}"),
    "obj": lambda value: isinstance(value, dict),
    "any": lambda value: True,
    "null": lambda value: value is None,
    "absent": lambda value: value is ABSENT,
}
ABSENT: Any = object()


def problems_of(operation: str, answer: Mapping[str, Any], parameters: Mapping[str, Any] | None = None) -> list[str]:
    """What of a whole answer is not as that operation's clients expect it, such as `GET /{domain}/user/detail`."""
    about = OPERATIONS[operation]
    if not _is_whole(answer.get("code")) or not isinstance(answer.get("msg"), str):
        return ["no code or no msg"]
    told = about.get("on", {}).get(str(answer["code"]))
    if answer["code"] != 0:
        return [] if told is None else find_problems(told, answer.get("data", ABSENT), parameters or {})
    if about.get("data") is None or about.get("loose") and answer.get("data") is None:
        return []
    return find_problems(about["data"], answer.get("data", ABSENT), parameters or {})


def find_problems(kind: Any, value: Any, parameters: Mapping[str, Any], at: str = "data") -> list[str]:
    """Where a value is not of that type."""
    if isinstance(kind, str):
        return _of_word(kind, value, parameters, at)
    if isinstance(kind, list):
        if not isinstance(value, list):
            return [f"{at}: a list expected, got {value!r}"]
        return [problem for index, one in enumerate(value) for problem in find_problems(kind[0], one, parameters, f"{at}[{index}]")]
    for name, check in SPECIAL.items():
        if name in kind:
            return check(kind[name], value, parameters, at)
    return _of_object(kind, value, parameters, at)


def _of_word(kind: str, value: Any, parameters: Mapping[str, Any], at: str) -> list[str]:
    found = [
        find_problems(TYPES[word[1:]], value, parameters, at)
        if word.startswith("@")
        else ([] if WORDS[word](value) else [f"{at}: {kind} expected, got {'nothing' if value is ABSENT else repr(value)}"])
        for word in kind.split("|")
    ]
    return min(found, key=len)


def _of_page(kind: Any, value: Any, parameters: Mapping[str, Any], at: str) -> list[str]:
    shape = {"result": {"$nonempty": kind}, "totalRow": "int", "totalPage": "int"}
    return _of_object(shape, value, parameters, at)


def _of_filled_list(kind: Any, value: Any, parameters: Mapping[str, Any], at: str) -> list[str]:
    return [f"{at}: an empty list"] if value == [] else find_problems([kind], value, parameters, at)


def _of_map(kind: Any, value: Any, parameters: Mapping[str, Any], at: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at}: an object expected, got {value!r}"]
    return [problem for name, one in value.items() for problem in find_problems(kind, one, parameters, f"{at}.{name}")]


def _of_case(case: Any, value: Any, parameters: Mapping[str, Any], at: str) -> list[str]:
    is_given = parameters.get(case["param"]) not in (None, "", False, "false")
    kind = case["then"] if is_given else case.get("else")
    return [] if kind is None else find_problems(kind, value, parameters, at)


def _of_all(kinds: Any, value: Any, parameters: Mapping[str, Any], at: str) -> list[str]:
    return [problem for kind in kinds for problem in find_problems(kind, value, parameters, at)]


SPECIAL: dict[str, Callable[[Any, Any, Mapping[str, Any], str], list[str]]] = {
    "$page": _of_page, "$nonempty": _of_filled_list, "$map": _of_map, "$case": _of_case, "$all": _of_all
}


def _of_object(kind: Mapping[str, Any], value: Any, parameters: Mapping[str, Any], at: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at}: an object expected, got {'nothing' if value is ABSENT else repr(value)}"]
    found: list[str] = []
    for told, inner in kind.items():
        if told == "$both":
            found += [] if (inner[0] in value) == (inner[1] in value) else [f"{at}: {inner[0]} and {inner[1]} come together"]
            continue
        name = told.removesuffix("?")
        if name not in value:
            found += [] if told.endswith("?") else [f"{at}.{name} is missing"]
        elif value[name] is None and told.endswith("?") and inner != "any" and "null" not in str(inner):
            found.append(f"{at}.{name} is null")
        else:
            found += find_problems(inner, value[name], parameters, f"{at}.{name}")
    return found
