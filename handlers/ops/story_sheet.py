"""A lot's story on paper and in sheets: whole by itself, without scripts."""
from __future__ import annotations

from collections.abc import Sequence
from html import escape

from handlers.bidding.dialect import ERRORS
from server.domain.auctions.goods import LotStatus
from server.domain.auctions.proof.statements import snake_case
from server.domain.auctions.record import Act
from server.domain.auctions.story import Story, StoryEntry
from server.domain.clock import from_ms
from server.domain.exports import Cell, Yuan
from server.domain.moments import SHANGHAI

KINDS = {
    "bid": ("出价", "Bid"),
    "proxy": ("自动代出价", "Proxy bid"),
    "refused": ("被拒", "Refused"),
    "maximum": ("修改上限", "Maximum changed"),
    "action": ("操作", "Action"),
    "end": ("结束", "End"),
}
ACTS = {
    Act.START: ("提前开始", "Started early"),
    Act.PAUSE: ("暂停", "Paused"),
    Act.RESUME: ("恢复", "Resumed"),
    Act.EXTEND: ("延长", "Extended"),
    Act.END: ("提前结束", "Ended now"),
    Act.WITHDRAW: ("撤拍", "Withdrawn"),
    Act.VOID: ("作废出价", "Bids voided"),
}
STATUSES = {
    LotStatus.OPEN: ("竞拍中", "Open"),
    LotStatus.CLOSED: ("已截止", "Closed"),
    LotStatus.WON: ("成交", "Sold"),
    LotStatus.UNSOLD: ("流拍", "Unsold"),
    LotStatus.WITHDRAWN: ("撤拍", "Withdrawn"),
}
HEADINGS = (
    ("到达", "Arrived"),
    ("落库", "Durable"),
    ("耗时（毫秒）", "Took (ms)"),
    ("序号", "No."),
    ("事项", "What"),
    ("用户", "User"),
    ("用户编号", "User no."),
    ("价格（元）", "Price (yuan)"),
    ("结束时间", "Ends"),
    ("延后（秒）", "Moved (s)"),
    ("说明", "Words"),
    ("观看", "Watching"),
)
TITLE = ("拍品经过", "Story of the lot")
VOIDED = ("已作废", "taken back")
BACK_TO = ("回到第 {seq} 条", "back to {seq}")
BY = ("操作员 {id}", "operator {id}")
REASONS = {snake_case(error.__name__): (row.zh, row.en) for error, row in ERRORS.items()}

STYLE = """
@page { size: A4 landscape; margin: 12mm; }
body { font: 9.5pt/1.4 system-ui, "Noto Sans CJK SC", sans-serif; color: #111; margin: 0 auto; max-width: 273mm; }
h1 { font-size: 15pt; margin: 0 0 2mm; }
p { margin: 0 0 1mm; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { text-align: left; padding: 0.5mm 2mm 0.5mm 0; border-bottom: 1px solid #ddd; vertical-align: top; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; }
.refused td, .void td { color: #666; }
.void .number:nth-of-type(1), .void td:nth-child(8) { text-decoration: line-through; }
"""


def headings(language: str) -> list[str]:
    return [_of(words, language) for words in HEADINGS]


def rows_of(story: Story, language: str) -> list[list[Cell]]:
    """One of each entry, as `headings` say."""
    return [_row(story, entry, language) for entry in story.entries]


def render_sheet(story: Story, language: str) -> bytes:
    """In the reader's language."""
    title = f"{_of(TITLE, language)} {escape(story.sn)}"
    leader = f" · {escape(story.leader_nickname or '')} #{story.leader_id} · {_yuan(story.price)}" if story.leader_id is not None else ""
    about = f"{escape(story.category)} · {story.issue} · {_of(STATUSES[story.status], language)}{leader}"
    times = f"{_moment(story.start_at)} – {_moment(story.end_at)} · {_yuan(story.low_price)} – {_yuan(story.top_price)}"
    heads = "".join(f"<th>{words}</th>" for words in headings(language))
    rows = "".join(_html(entry, row) for entry, row in zip(story.entries, rows_of(story, language)))
    page = (
        f'<!doctype html><html lang="{"zh-CN" if language == "zh" else "en"}"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style><h1>{title}</h1><p>{about}</p><p>{times}</p><p>{story.head}</p>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></html>"
    )
    return page.encode()


def _row(story: Story, entry: StoryEntry, language: str) -> list[Cell]:
    took = entry.committed_at - entry.arrived_at if entry.committed_at is not None and entry.kind != "end" else None
    return [
        _moment(entry.arrived_at),
        _moment(entry.committed_at) if entry.committed_at is not None else None,
        took,
        entry.seq,
        _of(KINDS["proxy" if entry.is_proxy else entry.kind], language),
        entry.nickname,
        entry.user_id or None,
        Yuan(entry.price) if entry.price is not None else None,
        _moment(entry.end_at) if entry.end_at is not None else None,
        round(entry.moved_ms / 1000, 3) if entry.moved_ms else None,
        " · ".join(_words(entry, language)),
        _watching(story, entry.arrived_at),
    ]


def _words(entry: StoryEntry, language: str) -> Sequence[str]:
    words = []
    if entry.act is not None:
        words.append(_of(ACTS[entry.act], language))
    if entry.back_to is not None:
        words.append(_of(BACK_TO, language).format(seq=entry.back_to))
    if entry.status is not None:
        words.append(_of(STATUSES[entry.status], language))
    if entry.reason is not None:
        words.append(_of(REASONS.get(entry.reason, (entry.reason, entry.reason)), language) if entry.kind == "refused" else entry.reason)
    if entry.operator_id is not None:
        words.append(_of(BY, language).format(id=entry.operator_id))
    if entry.is_void:
        words.append(_of(VOIDED, language))
    return words


def _watching(story: Story, at: int) -> int | None:
    """As far as it is known."""
    return next((one.count for one in reversed(story.watchers) if one.at <= at), None)


def _html(entry: StoryEntry, row: Sequence[Cell]) -> str:
    kind = "refused" if entry.kind == "refused" else "void" if entry.is_void else entry.kind
    cells = "".join(
        f'<td class="number">{_yuan(cell.fen)}</td>' if isinstance(cell, Yuan)
        else f'<td class="number">{cell}</td>' if isinstance(cell, (int, float))
        else f"<td>{escape(str(cell or ''))}</td>"
        for cell in row
    )
    return f'<tr class="{kind}">{cells}</tr>'


def _of(words: tuple[str, str], language: str) -> str:
    return words[0 if language == "zh" else 1]


def _moment(ms: int) -> str:
    """To the millisecond, in Beijing's time."""
    return from_ms(ms).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S.") + f"{ms % 1000:03}"


def _yuan(fen: int) -> str:
    return f"¥{fen // 100:,}.{fen % 100:02}"
