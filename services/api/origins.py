"""Which web pages may talk to the api from a browser, and the headers that tell the browser so."""

import logging
import re
from collections.abc import Callable, Sequence

from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.errors import body

log = logging.getLogger(__name__)

# What a contact uses; sites that show the widget may use this and nothing else.
_OF_CONTACTS = re.compile(r"/v1/(inbox|(conversations|widget)(/.*)?)")
# A widget asks this first, and may read why it is refused.
_FIRST_QUESTION = "/v1/widget"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
    "Access-Control-Max-Age": "7200",
}


class Origins:
    """Lets in what no browser sent, pages of the api's own origin, those of `everywhere`, and to what is a
    contact's also those that `allows` names. Other pages are refused what is a contact's; what is the staff's is
    answered without the headers that would let a page read it.
    """

    def __init__(self, app: ASGIApp, everywhere: Sequence[str], allows: Callable[[str], bool]) -> None:
        self._app = app
        self._everywhere = frozenset(everywhere)
        self._allows = allows

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, answer a preflight, or refuse."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        origin = headers.get("origin")
        if origin is None or _is_own(scope, headers, origin):
            await self._app(scope, receive, send)
            return
        is_of_contacts = _OF_CONTACTS.fullmatch(scope["path"]) is not None
        is_preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        try:
            is_allowed = await self._is_allowed(origin, is_of_contacts)
        except SQLAlchemyError as error:
            log.error("Whether %r may show the chat is not known, the database does not answer: %s", origin, error)
            content = body("unavailable", "database_unavailable", "Please try again in a moment.")
            await JSONResponse(content, 503, {"Retry-After": "2"})(scope, receive, send)
            return
        readable = {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "Retry-After"}
        if not is_allowed and (is_of_contacts or is_preflight):
            shown = readable if scope["path"] == _FIRST_QUESTION and not is_preflight else {}
            await _refusal(shown)(scope, receive, send)
        elif is_allowed and is_preflight:
            granted = _PREFLIGHT | readable | {"Vary": "Origin"}
            await Response(status_code=204, headers=granted)(scope, receive, send)
        else:
            await self._app(scope, receive, _with_headers(send, readable if is_allowed else {}))

    async def _is_allowed(self, origin: str, is_of_contacts: bool) -> bool:
        if origin in self._everywhere:
            return True
        return is_of_contacts and await run_in_threadpool(self._allows, origin)


def _is_own(scope: Scope, headers: Headers, origin: str) -> bool:
    # Behind a proxy the address that the browser sees may be another one; the browser itself knows, and no page can
    # set this header.
    return (
        headers.get("sec-fetch-site") == "same-origin" or origin == f"{scope['scheme']}://{headers.get('host', '')}"
    )


def _refusal(headers: dict[str, str]) -> JSONResponse:
    message = "This website may not show the chat until an administrator allows it."
    content = body("not_allowed", "origin_not_allowed", message)
    return JSONResponse(content, 403, headers | {"Vary": "Origin"})


def _with_headers(send: Send, more: dict[str, str]) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(more)
            headers.add_vary_header("Origin")
        await send(message)

    return with_headers
