"""What of nouns travels: shapes that are sent, terms that come, each with what the description tells of its fields."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, defstruct
from msgspec.structs import asdict

from handlers.bidding.shapes import DocumentTime, document_time
from server.domain.errors import InvalidInput
from server.domain.moments import find_problem, to_utc
from server.domain.nouns import fields_of, hints_of, kind_of


def shape_of(struct: type[Struct], name: str) -> type[Struct]:
    """What is sent of it: every field, with times as documents write them."""
    hints = hints_of(struct)
    names = sorted((field.name for field in fields_of(struct)), key=lambda field: field != "id")
    return defstruct(name, [(field, _sent(hints[field])) for field in names], kw_only=True)


def _sent(hint: Any) -> Any:
    if kind_of(hint) != "time":
        return with_kind(hint)
    plain = hint.__origin__ if hasattr(hint, "__metadata__") else hint
    text = DocumentTime | None if type(None) in getattr(plain, "__args__", ()) else DocumentTime
    return with_kind(Annotated[text, *getattr(hint, "__metadata__", ())], "time")


def with_kind(hint: Any, kind: str | None = None) -> Any:
    """With its kind in the description, where the annotation leaves it to the type."""
    told = [meta.extra_json_schema or {} for meta in getattr(hint, "__metadata__", ())]
    if any("x-kind" in one for one in told):
        return hint
    return Annotated[hint, Meta(extra_json_schema={"x-kind": kind or kind_of(hint)})]


def shown(struct: Struct) -> dict[str, Any]:
    """As its shape tells."""
    values = asdict(struct)
    return {name: document_time(value) if isinstance(value, datetime) else value for name, value in values.items()}


def given_of(body: Struct, terms: Any) -> dict[str, Any]:
    """What of the terms a form has given. Raises InvalidInput."""
    values = {field.name: getattr(body, field.name) for field in fields_of(terms)}
    return to_moments({name: value for name, value in values.items() if value is not UNSET})


def whole_of(body: Struct, terms: Any) -> Any:
    """The terms of a form that has all of them. Raises InvalidInput."""
    return terms(**given_of(body, terms))


def to_moments(values: dict[str, Any]) -> dict[str, Any]:
    """Moments without an offset are meant in Asia/Shanghai. Raises InvalidInput."""
    moments = {name: value for name, value in values.items() if isinstance(value, datetime)}
    problems = {name: [problem] for name, moment in moments.items() if (problem := find_problem(moment))}
    if problems:
        raise InvalidInput(problems)
    return {**values, **{name: to_utc(moment) for name, moment in moments.items()}}
