"""Requests as tornado hands them over."""
from __future__ import annotations

from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def request(body: bytes = b"", content_type: str = JSON, *, query: str = "") -> HTTPServerRequest:
    line = RequestStartLine("POST", f"/?{query}", "HTTP/1.1")
    headers = HTTPHeaders({"Host": "auction.example", "Content-Type": content_type})
    made = HTTPServerRequest(start_line=line, headers=headers, body=body)
    made._parse_body()  # tornado does it before an endpoint runs
    return made
