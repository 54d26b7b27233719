"""Every refusal in OpenAI's shape, and the status that goes with it."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from services.llm.generation import QueueFull, Stopped
from services.llm.protocol import AnyShape, Invalid, parse
from services.llm.replies import error_body

RETRY_SECONDS = 5
MOST_PROBLEMS = 5
"""So many things that are wrong with a request are told."""


class Refused(HTTPException):
    """A request that is not served."""

    def __init__(self, status: int, message: str, param: str | None, code: str) -> None:
        headers = {"Retry-After": str(RETRY_SECONDS)} if status in (429, 503) else None
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else headers
        super().__init__(status, message, headers)
        self.param = param
        self.code = code

    @property
    def body(self) -> dict[str, Any]:
        """What the caller gets to read."""
        return error_body(self.detail, _kind(self.status_code), self.param, self.code)


def refusal(error: Exception) -> Refused:
    """What a caller is told of this error; raises it again if it is none of the caller's business."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, Invalid):
        return Refused(400, str(error), error.param, error.code)
    if isinstance(error, ValidationError):
        return _malformed([dict(problem) for problem in error.errors(include_url=False, include_input=False)])
    if isinstance(error, RequestValidationError):
        return _malformed([{**problem, "loc": problem["loc"][1:]} for problem in error.errors()])
    if isinstance(error, QueueFull):
        return Refused(429, "Too many requests are waiting. Try again soon.", None, "queue_full")
    if isinstance(error, Stopped):
        return Refused(503, "The server is stopping.", None, "stopping")
    if isinstance(error, HTTPException):
        code = "not_found" if error.status_code == 404 else "refused"
        return Refused(error.status_code, str(error.detail), None, code)
    raise error


def request_of(shape: type[AnyShape], body: bytes) -> AnyShape:
    """What a body asks for; raises Invalid or Refused. To list all that is wrong with a large one takes a while."""
    try:
        return parse(shape, body)
    except ValidationError as error:
        raise refusal(error) from error


def body_too_late() -> Refused:
    """For a client that sends its body too slowly."""
    return Refused(408, "The body did not come in time.", None, "timeout")


def install(app: FastAPI) -> None:
    """Answer what the routes raise."""

    async def answer(_: Request, error: Exception) -> JSONResponse:
        refused = refusal(error)
        headers: Mapping[str, str] = getattr(error, "headers", None) or refused.headers or {}
        return JSONResponse(refused.body, refused.status_code, dict(headers))

    for kind in (HTTPException, Invalid, ValidationError, RequestValidationError, QueueFull, Stopped):
        app.add_exception_handler(kind, answer)


def _malformed(problems: Sequence[Mapping[str, Any]]) -> Refused:
    if any(problem["type"] == "json_invalid" for problem in problems):
        return Refused(400, "The body is not valid JSON.", None, "invalid_json")
    unserved = [_field(problem) for problem in problems if problem["type"] == "extra_forbidden"]
    if unserved:
        names = ", ".join(unserved[:MOST_PROBLEMS])
        return Refused(400, f"Not supported by this server: {names}.", unserved[0], "unsupported_parameter")
    told = [f"{_field(problem)}: {problem['msg']}" for problem in problems[:MOST_PROBLEMS]]
    return Refused(400, "; ".join(told), _field(problems[0]), "invalid_value")


def _field(problem: Mapping[str, Any]) -> str:
    """Where: `messages[0].content`, or `body` itself; the branches of a union, which pydantic adds, left out."""
    path = ""
    for step in problem["loc"]:
        if isinstance(step, int):
            path += f"[{step}]"
        elif str(step).isidentifier() and step not in ("str", "ChosenTool"):
            path += f".{step}" if path else str(step)
    return path[:200] or "body"


def _kind(status: int) -> str:
    names = {401: "authentication_error", 429: "rate_limit_error"}
    return "server_error" if status >= 500 else names.get(status, "invalid_request_error")
