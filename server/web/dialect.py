"""A dialect: how one API document writes success, failure and pages."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from server.domain.errors import InvalidInput


@dataclass(frozen=True)
class Failure:
    """One row of a dialect's table of errors. Texts are filled with the error's fields."""

    status: int
    error: str
    zh: str
    en: str

    def text(self, error: Exception, language: str) -> str:
        template = self.zh if language == "zh" else self.en
        return template.format_map(_Fields(vars(error)))


class _Fields(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


@dataclass(frozen=True)
class Reply:
    """An encoded answer."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Dialect(Protocol):
    """Writes answers; implemented once for each API document."""

    def success(self, value: Any) -> bytes:
        """The body of a success."""

    def failure(self, error: Exception, language: str) -> Reply:
        """The answer for an error; for one that nobody foresaw, without its text."""

    def success_schema(self, data: dict[str, Any]) -> dict[str, Any]:
        """The JSON schema of a success around the schema of its value."""

    def failure_schema(self) -> dict[str, Any]:
        """The JSON schema of every failure."""

    def failures(self) -> dict[type[Exception], Failure]:
        """The table of errors."""


def find_failure(table: dict[type[Exception], Failure], error: Exception) -> Failure:
    """The row for an error: the most specific class that has one."""
    for kind in type(error).__mro__:
        row = table.get(kind)
        if row is not None:
            return row
    raise LookupError(f"the table has no row for {type(error).__name__}")


# What is wrong with a field: the part before ":" of a problem → Chinese, English. {0} is the part after it.
PROBLEM_TEXTS: dict[str, tuple[str, str]] = {
    "required": ("必填", "is required"),
    "given_twice": ("重复提交", "was given more than once"),
    "not_integer": ("必须是整数", "must be an integer"),
    "not_number": ("必须是数字", "must be a number"),
    "not_text": ("必须是文字", "must be text"),
    "not_boolean": ("必须是 true 或 false", "must be true or false"),
    "not_list": ("必须是列表", "must be a list"),
    "not_a_list": ("不能是列表", "must not be a list"),
    "not_object": ("必须是对象", "must be an object"),
    "at_least": ("不能小于 {0}", "must be at least {0}"),
    "at_most": ("不能大于 {0}", "must be at most {0}"),
    "too_short": ("至少 {0} 个字符", "must have at least {0} characters"),
    "too_long": ("最多 {0} 个字符", "must have at most {0} characters"),
    "wrong_form": ("格式不正确", "has the wrong form"),
    "not_a_choice": ("不是可选的值", "is not one of the choices"),
    "not_json": ("不是有效的 JSON", "is not valid JSON"),
    "not_utf8": ("不是有效的 UTF-8 文字", "is not valid UTF-8"),
    "body_too_long": ("请求内容超过 {0} 字节", "is longer than {0} bytes"),
    "letters_and_digits": ("只能使用英文字母和数字", "may have letters and digits only"),
    "not_the_same": ("两次输入不一致", "is not the same as the first"),
    "reserved": ("该名称不可使用，请换一个", "is not yours to choose; choose another"),
    "easily_guessed": ("过于常见或容易被猜到，请换一个", "is common or easily guessed; choose another"),
    "wrong_password": ("密码不正确", "is not the right password"),
    "captcha_wrong": ("验证码不正确，请重新获取", "is not what the picture shows; ask for a new one"),
    "captcha_gone": ("验证码已过期或已使用，请重新获取", "has expired or was used; ask for a new one"),
    "not_a_picture": ("不是有效的图片，请使用 JPEG、PNG、WebP 或 GIF", "is not a picture; use JPEG, PNG, WebP or GIF"),
    "too_many_pixels": ("图片不能超过 {0} 百万像素", "must not have more than {0} million pixels"),
    "not_of_length": ("必须正好是 {0} 字节", "must have exactly {0} bytes"),
    "file_too_large": ("不能超过 {0} KB", "must not be larger than {0} KB"),
    "below_price": ("不能低于出价", "must not be less than the price"),
    "unknown": ("不存在", "does not exist"),
    "repeated": ("有重复", "has one twice"),
    "too_deep": ("最多两级", "may have two levels only"),
    "not_the_parents": ("必须与上级一致", "must be that of the parent"),
    "below_start": ("不能小于起始价格", "must not be less than the start"),
    "not_after_start": ("必须晚于开始时间", "must be after the start"),
    "above_goods_price": ("不能高于商品原价", "must not be more than the price of the goods"),
    "begins_at_zero": ("第一档必须从 0 开始", "must begin with a row from 0"),
    "not_rising": ("各档必须从低到高，不得重复", "must rise from row to row"),
    "taken": ("已被使用", "is taken"),
    "wrong_code": ("动态验证码不正确", "is not the code of this moment"),
    "no_sheet": ("不是可读取的表格：{0}", "is no sheet that can be read: it {0}"),
    "too_many_lines": ("最多 {0} 行", "may have {0} rows at most"),
    "missing": ("缺少此列", "is a column that is missing"),
    "unknown_column": ("列名无法识别", "stands in a column of no meaning here"),
    "ambiguous": ("有多个同名项，请写完整路径或编号", "is the name of several; write the whole path or the number"),
    "differs": ("与第 {0} 行不一致", "is not what row {0} says of the same goods"),
    "repeated_line": ("与第 {0} 行重复", "stands in row {0} too"),
    "looks_like": ("与第 {0} 行看起来相同但不一致", "looks like what stands in row {0}, and differs"),
    "not_whole": ("必须是整数", "must be a whole number"),
    "not_yuan": ("必须是金额（元），最多两位小数", "must be an amount in yuan with at most two decimals"),
    "not_among": ("必须是以下之一：{0}", "must be one of {0}"),
    "not_an_address": ("必须是图片地址，多个用空格分开", "must be addresses of pictures, with spaces between"),
    "not_specs": ("格式应为 颜色:红; 尺码:L", "must be like colour:red; size:L"),
    "not_the_properties": ("规格与价格行不一致", "does not have one value of each property"),
    "unseen": ("含有不可见字符（{0}）", "has a character that is not seen ({0})"),
    "formula": ("是公式，且文件中没有其结果", "is a formula, and the file does not hold what it makes"),
    "merged": ("是合并单元格（{0}）", "is merged with other cells ({0})"),
    "hidden_row": ("在隐藏的行中，请显示或删除", "stands in a hidden row: show it or delete it"),
    "hidden_column": ("在隐藏的列中，请显示或删除", "stands in a hidden column: show it or delete it"),
    "hidden_zero": ("含有表格不显示的零", "holds a zero that the sheet does not show"),
    "struck": ("带有删除线", "is struck out"),
    "error": ("是表格的错误值", "is an error of the sheet"),
    "too_narrow": ("因列宽不足而显示为 ###", "is what a sheet shows of a number in a narrow column"),
    "boolean": ("是逻辑值，不是文字", "is a truth value, not a text"),
    "date": ("是日期，请以文本格式重新输入", "is a date: type it again in a column formatted as text"),
    "digits": ("位数超过表格能保存的，请以文本格式重新输入", "has more digits than a sheet keeps: type it again as text"),
    "power": ("以科学计数法显示，请以文本格式重新输入", "is shown in powers of ten: type it again as text"),
    "rounded": ("显示时被四舍五入", "is shown rounded"),
    "format": ("因数字格式 {0} 而显示不同", "is shown otherwise, by the number format {0}"),
    "key_reused": ("此请求编号已用于另一请求", "was already used for another request"),
}


def problem_texts(error: InvalidInput, language: str) -> dict[str, list[str]]:
    """Each field with what is wrong with it, in that language."""
    return {name: [problem_text(problem, language) for problem in problems] for name, problems in error.problems.items()}


def problem_text(problem: str, language: str) -> str:
    """What is said of one problem, in that language."""
    kind, _, parameter = problem.partition(":")
    # An answer without the best text is better than none.
    zh, en = PROBLEM_TEXTS.get(kind, PROBLEM_TEXTS["wrong_form"])
    return (zh if language == "zh" else en).format(parameter)
