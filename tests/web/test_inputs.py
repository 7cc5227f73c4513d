"""Reading bodies and queries, and naming what is wrong with them."""
from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import pytest
from msgspec import Meta, Struct
from tornado.httputil import HTTPServerRequest

from server.domain.errors import InvalidInput
from server.web.dialect import PROBLEM_TEXTS
from server.web.inputs import Input, Texts, Upload, UploadInput
from tests.web.requests import FORM, request


class Part(Struct):
    number: int


class Order(Struct):
    number: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    word: Annotated[str, Meta(min_length=2, max_length=4)] = "none"
    weight: Annotated[float, Meta(ge=0, le=25)] = 0
    limit: Annotated[int, Meta(ge=0)] | None = None
    is_gift: bool = False
    kind: Literal[1, 2] = 1
    at: datetime | None = None
    parts: list[Part] = []


read_body = Input(Order, is_body=True).read
read_query = Input(Order, is_body=False).read


def problems(content: HTTPServerRequest, read: Any = read_body) -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as raised:
        read(content)
    return raised.value.problems


@pytest.mark.parametrize(
    "content",
    [
        request(b'{"number": 7, "word": "four"}'),
        request(b'{"number": 7, "word": "four"}', "text/plain"),
        request(b'{"number": 7, "word": "four"}', ""),
        request(b' {"number": 7, "word": "four"}', FORM),  # as curl -d sends it
        request(b"number=7&word=four", FORM),
        request(b"number=7&word=four", f"{FORM}; charset=UTF-8"),
        request(b"number=7", FORM, query="word=four"),
        request(b'{"number": 7}', query="word=four"),
        request(query="number=7&word=four"),
        request(b'{"number": 7, "word": "four", "of": "no interest", "limit": null}'),
        request(b"number=7&word=four&limit=&of=no+interest", FORM),
        request(
            b'--x\r\nContent-Disposition: form-data; name="number"\r\n\r\n7\r\n'
            b'--x\r\nContent-Disposition: form-data; name="word"\r\n\r\nfour\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_json_form_and_query_mean_the_same(content: HTTPServerRequest) -> None:
    assert read_body(content) == Order(7, "four")


def test_the_body_counts_before_the_query() -> None:
    assert read_body(request(b'{"number": 7}', query="number=8&word=four")) == Order(7, "four")
    assert read_body(request(b"number=7", FORM, query="number=8&word=four")) == Order(7, "four")


def test_a_query_is_read_without_the_body() -> None:
    assert read_query(request(b'{"number": 7}', query="number=8")) == Order(8)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"number": "7"}', {"number": ["not_integer"]}),
        (b'{"number": 7.0}', {"number": ["not_integer"]}),
        (b'{"number": 7.5}', {"number": ["not_integer"]}),
        (b'{"number": true}', {"number": ["not_integer"]}),
        (b'{"number": null}', {"number": ["not_integer"]}),
        (b'{"number": [7]}', {"number": ["not_integer"]}),
        (b'{"number": {"a": 7}}', {"number": ["not_integer"]}),
        (b'{"number": 0}', {"number": ["at_least:1"]}),
        (b'{"number": -7}', {"number": ["at_least:1"]}),
        (b'{"number": 9007199254740992}', {"number": ["at_most:9007199254740991"]}),
        (b'{"number": 99999999999999999999}', {"number": ["at_most:9007199254740991"]}),
        (b'{"number": 1e400}', {"body": ["not_json"]}),
        (b"{}", {"number": ["required"]}),
        (b'{"number": 7, "limit": "1"}', {"limit": ["not_integer"]}),
        (b'{"number": 7, "limit": -1}', {"limit": ["at_least:0"]}),
        (b'{"number": 7, "word": 7}', {"word": ["not_text"]}),
        (b'{"number": 7, "word": "a"}', {"word": ["too_short:2"]}),
        (b'{"number": 7, "word": "abcde"}', {"word": ["too_long:4"]}),
        (b'{"number": 7, "weight": "a"}', {"weight": ["not_number"]}),
        (b'{"number": 7, "weight": 26}', {"weight": ["at_most:25.0"]}),
        (b'{"word": "a", "weight": -1}', {"number": ["required"], "word": ["too_short:2"], "weight": ["at_least:0.0"]}),
        (b"[]", {"body": ["not_object"]}),
        (b"7", {"body": ["not_object"]}),
        (b"null", {"body": ["not_object"]}),
        (b'"number"', {"body": ["not_object"]}),
        (b"{", {"body": ["not_json"]}),
        (b'{"number": 7} {"number": 7}', {"body": ["not_json"]}),
        (b'{"number": 7,}', {"body": ["not_json"]}),
        (b"{'number': 7}", {"body": ["not_json"]}),
        (b'{"number": NaN}', {"body": ["not_json"]}),
        (b'\xef\xbb\xbf{"number": 7}', {"body": ["not_json"]}),
        (b'{"number": 7, "word": "\\ud800"}', {"body": ["not_json"]}),
        (b'{"number": 7, "word": "a\x00b"}', {"body": ["not_json"]}),
        (b'{"number": 7, "word": "\xff\xfe"}', {"body": ["not_utf8"]}),
        (b"\xff", {"body": ["not_utf8"]}),
        (b'{"number": 7, "number": 8}', {"number": ["given_twice"]}),
        (b'{"number": 7, "n\\u0075mber": 7}', {"number": ["given_twice"]}),
        (b'{"number": 7, "word": "four", "number": "7", "word": 4}', {"number": ["given_twice"], "word": ["given_twice"]}),
    ],
)
def test_what_is_wrong_with_a_json_body_is_named(body: bytes, found: dict[str, list[str]]) -> None:
    assert problems(request(body)) == found


@pytest.mark.parametrize(
    ("opening", "closing"),
    [(b"[", b""), (b'{"number": 7, "of": [', b""), (b'{"number": 7, "of": [', b"]}"), (b'{"of": ', b""), (b'{"of": 7, "of": ', b"")],
)
def test_a_hundred_thousand_brackets_are_no_json(opening: bytes, closing: bytes) -> None:
    more = opening[-1:] if opening.endswith(b"[") else opening
    assert problems(request(opening + more * 100_000 + b"]" * 100_000 * bool(closing) + closing)) == {"body": ["not_json"]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("number=7.5", {"number": ["not_integer"]}),
        ("number=true", {"number": ["not_integer"]}),
        ("number=+7", {"number": ["not_integer"]}),  # a space
        ("number=7_0", {"number": ["not_integer"]}),
        ("number=%EF%BC%97", {"number": ["not_integer"]}),  # a full-width 7
        ("number=0", {"number": ["at_least:1"]}),
        ("number=", {"number": ["required"]}),
        ("word=four", {"number": ["required"]}),
        ("number=7&weight=nan", {"weight": ["not_number"]}),
        ("number=7&weight=inf", {"weight": ["not_number"]}),
        ("number=7&weight=1_0", {"weight": ["not_number"]}),
        ("number=7&weight=1e400", {"weight": ["not_number"]}),
        ("number=7&weight=.5", {"weight": ["not_number"]}),
        ("number=7&weight=26", {"weight": ["at_most:25.0"]}),
        ("number=7&is_gift=yes", {"is_gift": ["not_boolean"]}),
        ("number=7&at=1700000000", {"at": ["wrong_form"]}),
        ("number=7&word=a&limit=x", {"word": ["too_short:2"], "limit": ["not_integer"]}),
        ("number=7&number=8", {"number": ["given_twice"]}),
    ],
)
def test_what_is_wrong_with_a_form_or_a_query_is_named(text: str, found: dict[str, list[str]]) -> None:
    assert problems(request(text.encode(), FORM)) == found
    assert problems(request(query=text)) == found
    assert problems(request(query=text), read_query) == found


NO_WHOLE_NUMBERS = ("7.0", "7.5", "7e0", "1e1", "7E+0", "0.7e1", "70e-1", "7.00000000000000000001", "9007199254740990.5", "1e400")


@pytest.mark.parametrize("number", NO_WHOLE_NUMBERS)
@pytest.mark.parametrize("name", ["number", "limit", "kind"])
def test_what_is_not_written_as_a_whole_number_is_none_by_any_way(number: str, name: str) -> None:
    rest = {} if name == "number" else {"number": 7}
    body = json.dumps(rest)[:-1] + (", " if rest else "") + f'"{name}": {number}}}'
    text = urlencode({**rest, name: number})
    refused = {name: ["not_integer"]}
    assert problems(request(text.encode(), FORM)) == refused
    assert problems(request(query=text)) == refused
    assert problems(request(json.dumps(rest).encode(), query=text)) == refused
    assert problems(request(body.encode())) == ({"body": ["not_json"]} if number == "1e400" else refused)
    assert problems(request(body.encode(), query="of=no+interest")) == ({"body": ["not_json"]} if number == "1e400" else refused)


@pytest.mark.parametrize("number", [1, 7, 2**53 - 2, 2**53 - 1])
def test_a_whole_number_is_that_number_by_every_way(number: int) -> None:
    for asked in (
        request(b'{"number": %d, "limit": %d}' % (number, number)),
        request(b"number=%d&limit=%d" % (number, number), FORM),
        request(query=f"number={number}&limit={number}"),
        request(b'{"number": %d}' % number, query=f"limit={number}"),
    ):
        assert read_body(asked) == Order(number, limit=number)


def test_texts_become_what_the_fields_are() -> None:
    text = "number=7&weight=2.5e0&is_gift=1&kind=2&limit=null&at=2026-01-02T03:04:05Z&word=null"
    made = Order(7, "null", 2.5, None, True, 2, datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc))
    assert read_body(request(text.encode(), FORM)) == made
    assert read_query(request(query=text.replace("is_gift=1", "is_gift=TRUE"))) == made


def test_texts_that_are_not_utf8_are_named() -> None:
    assert problems(request(b"number=7&word=%FF", FORM)) == {"body": ["not_utf8"]}
    assert problems(request(query="number=7&word=%FF")) == {"query": ["not_utf8"]}


def test_a_query_with_hundreds_of_parameters_is_no_query_of_ours() -> None:
    assert problems(request(query="&".join(f"a{number}=1" for number in range(201)))) == {"query": ["wrong_form"]}


def test_a_wrong_field_of_the_body_is_named_beside_a_query() -> None:
    assert problems(request(b'{"number": "7"}', query="word=four")) == {"number": ["not_integer"]}
    assert problems(request(b'{"number": 7}', query="word=a")) == {"word": ["too_short:2"]}


@pytest.mark.parametrize("name", ["number", "of", "word"])
@pytest.mark.parametrize("sign", [b"", b"-"])
def test_a_number_of_thousands_of_digits_is_answered(name: str, sign: bytes) -> None:
    assert problems(request(b'{"wrong": 7, "' + name.encode() + b'": ' + sign + b"9" * 5000 + b"}"))


@pytest.mark.parametrize(
    "parts",
    [
        b'[{"number": 1, "number": 1}]',
        b'[{"number": 1}, {"number": 1, "of": {"a": 1, "b": 2, "a": 1}}]',
        b'[{"number": 1, "of": [[{"a": 1, "\\u0061": 1}]]}]',
    ],
)
def test_a_name_within_a_field_that_is_read_comes_once(parts: bytes) -> None:
    assert problems(request(b'{"number": 7, "parts": ' + parts + b"}")) == {"parts": ["given_twice"]}
    assert problems(request(b'{"number": 7, "parts": ' + parts + b"}", query="word=four")) == {"parts": ["given_twice"]}


def test_two_parts_may_have_the_same_names() -> None:
    asked = request(b'{"number": 7, "parts": [{"number": 1}, {"number": 1}]}')
    assert read_body(asked) == Order(7, parts=[Part(1), Part(1)])


def test_names_that_nobody_reads_may_come_twice() -> None:
    assert read_body(request(b'{"number": 7, "of": 1, "of": {"number": 1, "number": 2}}')) == Order(7)
    assert read_query(request(query="number=7&_=1&_=2")) == Order(7)


def test_texts_are_all_parameters_of_query_and_form_and_the_last_counts() -> None:
    asked = request(b"number=8&weight=1.0", FORM, query="number=7&word=a&word=&of=no+interest")
    assert Texts().read(asked) == {"number": "8", "weight": "1.0", "word": "", "of": "no interest"}
    assert Texts().read(request()) == {}


def test_texts_have_to_be_utf8() -> None:
    assert problems(request(b"word=%FF", FORM), Texts().read) == {"body": ["not_utf8"]}
    assert problems(request(query="word=%FF"), Texts().read) == {"query": ["not_utf8"]}


def test_a_struct_is_made_of_texts_that_were_read_before() -> None:
    assert Input(Order, is_body=True).from_texts({"number": "7", "word": "", "of": "no interest"}) == Order(7)


def test_every_text_of_a_problem_takes_its_parameter() -> None:
    for zh, en in PROBLEM_TEXTS.values():
        assert zh.format("1") and en.format("1")


MULTIPART = "multipart/form-data; boundary=x"
read_upload = UploadInput().read


def part(name: str, content: bytes, *, is_file: bool = True) -> bytes:
    filename = b'; filename="a.png"' if is_file else b""
    return b'--x\r\nContent-Disposition: form-data; name="' + name.encode() + b'"' + filename + b"\r\n\r\n" + content + b"\r\n"


def test_an_upload_is_the_one_file_of_a_form_or_the_whole_body() -> None:
    assert read_upload(request(part("avatar", b"pixels") + b"--x--\r\n", MULTIPART)) == Upload(b"pixels", "a.png")
    beside = part("a", b"7", is_file=False) + part("b", b"pixels") + b"--x--\r\n"
    assert read_upload(request(beside, MULTIPART)) == Upload(b"pixels", "a.png")
    assert read_upload(request(b"pixels", "image/png")) == Upload(b"pixels")
    assert read_upload(request()) == Upload(b"")


def test_of_two_files_nobody_knows_which_is_meant() -> None:
    assert problems(request(part("a", b"1") + part("b", b"2") + b"--x--\r\n", MULTIPART), read_upload) == {"file": ["given_twice"]}


def test_a_form_without_a_file_is_no_upload() -> None:
    assert problems(request(part("a", b"1", is_file=False) + b"--x--\r\n", MULTIPART), read_upload) == {"file": ["required"]}
    assert problems(request(b"a=1", FORM), read_upload) == {"file": ["required"]}
