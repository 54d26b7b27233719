"""The api over HTTP: plain dicts back, two kinds of failure."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import httpx

API_URL = os.environ.get("FRONTDESK_API_URL", "http://127.0.0.1:8000")

ANSWER_SECONDS = 10.0
UPLOAD_SECONDS = 300.0
# All that differs between two versions of a large knowledge base is changed or compared at once.
VERSION_SECONDS = 60.0
# The api sends a comment every 15 s on a quiet stream; two missed ones mean that the line is dead.
STREAM_SILENCE_SECONDS = 40.0

Json = dict[str, Any]


class Unreachable(Exception):
    """The api did not answer: down, restarting, or the network between is broken."""


class ApiError(Exception):
    """The api refused. `kind` and `code` are stable slugs, `message` is English, `retry_after` is in seconds;
    `details` are what the api adds to a code, such as the line that can not be read; `rows` are the same one by
    one, for a code that is about several.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        code: str,
        message: str,
        *,
        retry_after: float | None = None,
        rows: Sequence[Json] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.rows = rows
        self.details = {name: value for row in rows for name, value in row.items()}


@lru_cache
def _requests() -> httpx.Client:
    return httpx.Client(base_url=API_URL, timeout=httpx.Timeout(ANSWER_SECONDS, connect=3.0))


@lru_cache
def _streams() -> httpx.Client:
    # Apart from the requests: every open chat holds one connection here, and none may wait for another.
    unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    timeout = httpx.Timeout(ANSWER_SECONDS, connect=3.0, read=STREAM_SILENCE_SECONDS)
    return httpx.Client(base_url=API_URL, timeout=timeout, limits=unlimited)


def _raise_refusal(response: httpx.Response) -> None:
    if response.is_success:
        return
    try:
        error = response.json()["error"]
        kind, code, message = str(error["kind"]), str(error["code"]), str(error["message"])
        rows = [dict(detail) for detail in error["details"]]
    except (ValueError, KeyError, TypeError):
        if response.status_code >= 500:
            raise Unreachable(f"status {response.status_code}") from None
        kind, code, message, rows = "unexpected", "unexpected", f"Status {response.status_code}.", []
    seconds = response.headers.get("Retry-After", "")
    retry_after = float(seconds) if seconds.isdigit() else None
    raise ApiError(response.status_code, kind, code, message, retry_after=retry_after, rows=rows)


class Caller:
    """Who asks: a token (or none yet) and the address that the request is made for."""

    def __init__(self, token: str | None = None, address: str | None = None) -> None:
        self.token = token
        self.address = address

    def headers(self) -> dict[str, str]:
        """What goes with every request of this caller."""
        headers = {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.address:
            headers["X-Forwarded-For"] = self.address
        return headers

    def call(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **request: Any) -> Json:
        """One request; raises ApiError when refused and Unreachable when there is no answer."""
        response = self._send(method, path, headers=headers, **request)
        answer: Json = response.json() if response.content else {}
        return answer

    def items(self, method: str, path: str, name: str, **request: Any) -> list[Json]:
        """One request whose answer is a list under `name`."""
        found: list[Json] = self.call(method, path, **request)[name]
        return found

    def fetch(self, path: str, params: Json | None = None) -> bytes:
        """The body of a file as it is stored."""
        return self._send("GET", path, params=params, timeout=UPLOAD_SECONDS).content

    def send_files(self, path: str, text: str, files: Sequence[tuple[str, bytes]], key: str) -> Json:
        """Several files, each with its name, and a text, under a key that makes sending twice harmless."""
        return self.call(
            "POST",
            path,
            data={"text": text},
            files=[("files", file) for file in files],
            headers={"Idempotency-Key": key},
            timeout=UPLOAD_SECONDS,
        )

    def fetch_typed(self, path: str) -> tuple[bytes, str]:
        """The same with its media type, for what is shown at once."""
        response = self._send("GET", path)
        return response.content, response.headers["Content-Type"]

    def _send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **request: Any
    ) -> httpx.Response:
        try:
            response = _requests().request(method, path, headers={**self.headers(), **(headers or {})}, **request)
        except httpx.HTTPError as failure:
            raise Unreachable(str(failure)) from failure
        _raise_refusal(response)
        return response

    @contextmanager
    def stream(self, path: str, last_event_id: str) -> Iterator[Iterator[str]]:
        """The lines of a conversation's events, from the event after `last_event_id` on."""
        headers = {**self.headers(), "Accept": "text/event-stream", "Last-Event-ID": last_event_id}
        try:
            with _streams().stream("GET", path, headers=headers) as response:
                if not response.is_success:
                    response.read()
                    _raise_refusal(response)
                yield response.iter_lines()
        except httpx.HTTPError as failure:
            raise Unreachable(str(failure)) from failure
