"""Every error leaves as one JSON shape; this is the only place that knows which kind has which status."""

import logging
from collections.abc import Mapping, Sequence

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from frontdesk.errors import (
    Conflict,
    DomainError,
    Invalid,
    NotAllowed,
    NotFound,
    Unauthenticated,
    Unavailable,
)

log = logging.getLogger(__name__)

RETRY_SECONDS = 2

STATUS = {
    Invalid.kind: 422,
    NotFound.kind: 404,
    Conflict.kind: 409,
    Unauthenticated.kind: 401,
    NotAllowed.kind: 403,
    Unavailable.kind: 503,
    "too_large": 413,
    "rate_limited": 429,
}
_KIND_OF_STATUS = {
    400: "invalid",
    401: "unauthenticated",
    403: "not_allowed",
    404: "not_found",
    405: "invalid",
}


class TooLarge(DomainError):
    """The body of the request is larger than this route takes."""

    kind = "too_large"


class RateLimited(DomainError):
    """Too many requests; `retry_after` is in seconds."""

    kind = "rate_limited"

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many requests; wait a moment and try again.")
        self.retry_after = retry_after


def body(kind: str, code: str, message: str, details: Sequence[Mapping[str, object]] = ()) -> dict[str, object]:
    """The one shape of an error."""
    return {"error": {"kind": kind, "code": code, "message": message, "details": list(details)}}


def install(app: FastAPI) -> None:
    """Make the application answer with that shape whatever happens."""

    @app.exception_handler(DomainError)
    def on_domain_error(_: Request, error: DomainError) -> JSONResponse:
        headers = {}
        if isinstance(error, RateLimited):
            headers["Retry-After"] = str(error.retry_after)
        elif isinstance(error, Unavailable):
            headers["Retry-After"] = str(RETRY_SECONDS)
        elif isinstance(error, Unauthenticated):
            headers["WWW-Authenticate"] = "Bearer"
        content = body(error.kind, error.code, error.message, error.details)
        return JSONResponse(content, STATUS[error.kind], headers)

    @app.exception_handler(RequestValidationError)
    def on_invalid_request(_: Request, error: RequestValidationError) -> JSONResponse:
        # What was sent is left out: it may be large, and it may be a password.
        details = [{"field": ".".join(map(str, e["loc"][1:])), "message": e["msg"]} for e in error.errors()]
        malformed = any(e["type"] == "json_invalid" for e in error.errors())
        code, message = (
            ("json_malformed", "The body is not JSON.") if malformed else ("invalid", "Check the fields.")
        )
        return JSONResponse(jsonable_encoder(body("invalid", code, message, details)), 400 if malformed else 422)

    @app.exception_handler(HTTPException)
    def on_http_error(_: Request, error: HTTPException) -> JSONResponse:
        kind = _KIND_OF_STATUS.get(error.status_code, "invalid" if error.status_code < 500 else "unavailable")
        content = body(kind, f"http_{error.status_code}", str(error.detail))
        return JSONResponse(content, error.status_code, error.headers)

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(PoolTimeout)
    def on_database_error(_: Request, error: Exception) -> JSONResponse:
        log.error("The database does not answer: %s", error)
        content = body("unavailable", "database_unavailable", "Please try again in a moment.")
        return JSONResponse(content, 503, {"Retry-After": str(RETRY_SECONDS)})

    @app.exception_handler(Exception)
    def on_any_error(_: Request, error: Exception) -> JSONResponse:
        # The server hangs up after an error that nobody caught; who wants to send more should know.
        content = body("failed", "failed", "Something went wrong on our side.")
        return JSONResponse(content, 500, {"Connection": "close"})
