"""The list of winners as a page that prints on A4: whole by itself, without scripts."""
from __future__ import annotations

from html import escape

from handlers.bidding.shapes import document_time
from server.domain.aftersale.desk import STATE_WORDS
from server.domain.aftersale.settlements import Settlement, SettlementState
from server.domain.aftersale.totals import GroupBook

WORDS = {
    "zh": {
        "title": "第 {issue} 期成交清单",
        "number": "结算单",
        "amount": "应付",
        "pay_by": "付款期限",
        "lot": "拍品",
        "category": "分类",
        "grade": "评分",
        "price": "成交价",
        "to": "收件",
        "no_address": "尚未选择地址",
        "invoice": "发票",
        "shipped": "快递",
        "total": "共 {count} 单，合计 {amount}",
    },
    "en": {
        "title": "Winners of issue {issue}",
        "number": "Settlement",
        "amount": "Amount",
        "pay_by": "Pay by",
        "lot": "Lot",
        "category": "Category",
        "grade": "Grade",
        "price": "Price",
        "to": "To",
        "no_address": "No address chosen yet",
        "invoice": "Invoice",
        "shipped": "Sent by",
        "total": "Settlements: {count}, in all {amount}",
    },
}

STYLE = """
@page { size: A4; margin: 14mm; }
body { font: 10.5pt/1.45 system-ui, "Noto Sans CJK SC", sans-serif; color: #111; margin: 0 auto; max-width: 182mm; }
h1 { font-size: 15pt; }
section { break-inside: avoid; border-top: 1px solid #999; padding: 3mm 0; }
h2 { font-size: 11.5pt; margin: 0 0 1mm; display: flex; justify-content: space-between; }
p { margin: 0 0 1mm; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 0.6mm 2mm 0.6mm 0; border-bottom: 1px solid #ddd; overflow-wrap: anywhere; }
th:last-child, td:last-child { text-align: right; padding-right: 0; white-space: nowrap; }
"""


def render_sheet(book: GroupBook, language: str) -> bytes:
    """In the reader's language."""
    words = WORDS[language]
    title = words["title"].format(issue=book.group.issue)
    # What was given up is sold again, or not at all.
    standing = [one.amount for one in book.settlements if one.state is not SettlementState.GIVEN_UP]
    total = words["total"].format(count=len(standing), amount=_yuan(sum(standing)))
    blocks = "".join(_block(one, words, language) for one in book.settlements)
    page = (
        f'<!doctype html><html lang="{"zh-CN" if language == "zh" else "en"}"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style><h1>{title}</h1><p>{total}</p>{blocks}</html>"
    )
    return page.encode()


def _block(one: Settlement, words: dict[str, str], language: str) -> str:
    state = STATE_WORDS[one.state][0 if language == "zh" else 1]
    lines = [f"{words['amount']} {_yuan(one.amount)} · {state} · {words['pay_by']} {document_time(one.pay_by)}"]
    place = one.place
    where = (
        f"{place.contact_name} {place.contact_phone} {place.province}{place.city}{place.district}{place.address} {place.zip}"
        if place is not None
        else words["no_address"]
    )
    lines.append(f"{words['to']} {where}")
    if one.invoice is not None:
        lines.append(f"{words['invoice']} {one.invoice.title} {one.invoice.tax_number}")
    if one.tracking:
        lines.append(f"{words['shipped']} {one.carrier} {one.tracking}")
    heads = "".join(f"<th>{words[name]}</th>" for name in ("lot", "category", "grade", "price"))
    rows = "".join(
        f"<tr><td>{escape(lot.sn)}</td><td>{escape(lot.category)}</td><td>{escape(lot.score)}</td><td>{_yuan(lot.price)}</td></tr>"
        for lot in one.lots
    )
    told = "".join(f"<p>{escape(line)}</p>" for line in lines)
    head = f"<h2><span>{escape(one.nickname)}</span><span>{words['number']} {one.id}</span></h2>"
    return f"<section>{head}{told}<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></section>"


def _yuan(fen: int) -> str:
    return f"¥{fen // 100:,}.{fen % 100:02}"
