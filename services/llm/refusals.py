"""Every refusal in OpenAI's shape, and the status that goes with it."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from services.llm.engine import QueueFull, Stopped
from services.llm.protocol import error_body
from services.llm.writing import PromptRefused

RETRY_SECONDS = 5


class Refused(Exception):
    """A request that is not served."""

    def __init__(self, status: int, message: str, param: str | None, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.param = param
        self.code = code


def install(app: FastAPI) -> None:
    """Answer what the routes raise."""

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> JSONResponse:
        return _invalid(error.status, str(error), error.param, error.code)

    @app.exception_handler(PromptRefused)
    async def prompt_refused(_: Request, error: PromptRefused) -> JSONResponse:
        return _invalid(400, str(error), "messages", error.code)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        return _malformed(error)

    @app.exception_handler(QueueFull)
    async def full(_: Request, error: QueueFull) -> JSONResponse:
        body = error_body("Too many requests are waiting. Try again soon.", "rate_limit_error", code="queue_full")
        return JSONResponse(body, 429, {"Retry-After": str(RETRY_SECONDS)})

    @app.exception_handler(Stopped)
    async def stopped(_: Request, error: Stopped) -> JSONResponse:
        body = error_body("The server is stopping.", "server_error", code="stopping")
        return JSONResponse(body, 503, {"Retry-After": str(RETRY_SECONDS)})

    @app.exception_handler(HTTPException)
    async def unknown_route(_: Request, error: HTTPException) -> JSONResponse:
        return _invalid(error.status_code, str(error.detail), None, None)


def _malformed(error: RequestValidationError) -> JSONResponse:
    problems: list[dict[str, Any]] = list(error.errors())
    if any(problem["type"] == "json_invalid" for problem in problems):
        return _invalid(400, "The body is not valid JSON.", None, "invalid_json")
    unserved = [_field(problem) for problem in problems if problem["type"] == "extra_forbidden"]
    if unserved:
        names = ", ".join(unserved)
        return _invalid(400, f"Not supported by this server: {names}.", unserved[0], "unsupported_parameter")
    message = "; ".join(f"{_field(problem)}: {problem['msg']}" for problem in problems)
    return _invalid(400, message, _field(problems[0]), "invalid_value")


def _field(problem: dict[str, Any]) -> str:
    """Where: `messages[0].content`, or `body` itself; the branches of a union, which pydantic adds, left out."""
    path = ""
    for step in problem["loc"][1:]:
        if isinstance(step, int):
            path += f"[{step}]"
        elif str(step).isidentifier() and step != "str":
            path += f".{step}" if path else str(step)
    return path or "body"


def _invalid(status: int, message: str, param: str | None, code: str | None) -> JSONResponse:
    return JSONResponse(error_body(message, "invalid_request_error", param, code), status)
