"""POST /v1/embeddings, shaped like OpenAI's, and POST /v1/rerank, shaped like Cohere's, Jina's and vLLM's."""

import asyncio
import uuid
from binascii import b2a_base64
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, PlainValidator, model_validator
from pydantic_core import PydanticCustomError, to_json
from starlette.requests import ClientDisconnect

from services.llm.embedding import Embedder, Vector, shorten
from services.llm.encoders import Tokens, Unfit
from services.llm.generation import Stopped
from services.llm.microbatch import Microbatch
from services.llm.models import Place
from services.llm.protocol import Invalid, Shape
from services.llm.refusals import Refused, body_too_late, request_of
from services.llm.reranking import Reranker
from services.llm.settings import Settings

MOST_TEXTS = 2048
SHORT_BYTES = 4096
"""A body that is read, or a reply that is written, sooner than a thread could be asked to."""

Instruction = Annotated[str, Field(min_length=1, max_length=2000)]
Row = TypeVar("Row")
Result = TypeVar("Result")


def _texts(given: Any) -> list[str] | list[list[int]]:
    texts = [given] if isinstance(given, str) or _are_tokens(given) else given
    if not isinstance(texts, list) or not (all(map(_is_text, texts)) or all(map(_are_tokens, texts))):
        shapes = "a text, a list of texts, a list of tokens or a list of such lists"
        raise PydanticCustomError("input", f"This has to be {shapes}, none of them empty")
    if not 1 <= len(texts) <= MOST_TEXTS:
        raise PydanticCustomError("input", f"There have to be 1 to {MOST_TEXTS} texts")
    return texts


def _is_text(given: Any) -> bool:
    return isinstance(given, str) and given != ""


def _are_tokens(given: Any) -> bool:
    return isinstance(given, list) and given != [] and all(type(token) is int for token in given)


class EmbeddingRequest(Shape):
    """What may be asked of POST /v1/embeddings."""

    model: str
    input: Annotated[list[str] | list[list[int]], PlainValidator(_texts)]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[int, Field(ge=1)] | None = None
    input_type: Literal["query", "document"] = "document"
    """Not OpenAI's: models that want to know are told whether these texts search or are searched."""
    instruction: Instruction | None = None
    """Not OpenAI's: what the queries are for, in words, for models that take this."""
    user: str | None = None


class Document(Shape):
    """A document, which may also come as a mere string."""

    text: str

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        return {"text": given} if isinstance(given, str) else given


class RerankRequest(Shape):
    """What may be asked of POST /v1/rerank."""

    model: str
    query: Annotated[str, Field(min_length=1)]
    documents: Annotated[list[Document], Field(min_length=1, max_length=MOST_TEXTS)]
    top_n: Annotated[int, Field(ge=1)] | None = None
    return_documents: bool = False
    instruction: Instruction | None = None
    user: str | None = None


def router(embedders: Place[Embedder], rerankers: Place[Reranker], settings: Settings) -> APIRouter:
    """The two routes. Who includes them starts the models' `batches`."""
    routes = APIRouter()

    @routes.post("/v1/embeddings")
    async def embeddings(request: Request) -> Response:
        embedder = embedders.get()
        body = await _body(request, settings)
        asked, texts = await _aside(len(body), lambda: _read_embedding(embedder, body))
        vectors = await _rows(embedder.batches, texts, request, settings)
        size = sum(vector.nbytes for vector in vectors)
        content = await _aside(size, lambda: _written(asked, embedder.name, vectors, sum(map(len, texts))))
        return Response(content, media_type="application/json")

    @routes.post("/v1/rerank")
    async def rerank(request: Request) -> Response:
        reranker = rerankers.get()
        body = await _body(request, settings)
        asked, pairs = await _aside(len(body), lambda: _read_rerank(reranker, body))
        scores = [float(score) for score in await _rows(reranker.batches, pairs, request, settings)]
        best = sorted(range(len(scores)), key=lambda at: -scores[at])[: asked.top_n]
        results: list[dict[str, Any]] = [{"index": at, "relevance_score": scores[at]} for at in best]
        if asked.return_documents:
            for result in results:
                result["document"] = {"text": asked.documents[result["index"]].text}
        reply = {"id": f"rerank-{uuid.uuid4().hex}", "model": reranker.name, "results": results}
        return JSONResponse(reply | {"usage": _usage(sum(map(len, pairs)))})

    return routes


async def _body(request: Request, settings: Settings) -> bytes:
    try:
        async with asyncio.timeout(settings.queue_seconds):
            return await request.body()
    except ClientDisconnect as error:
        raise _left() from error
    except TimeoutError as error:
        raise body_too_late() from error


def _read_embedding(embedder: Embedder, body: bytes) -> tuple[EmbeddingRequest, list[Tokens]]:
    asked = request_of(EmbeddingRequest, body)
    _require_name(asked.model, embedder.name)
    try:
        if asked.dimensions is not None:
            embedder.check_dimensions(asked.dimensions)
        if isinstance(asked.input[0], str):
            return asked, embedder.read(asked.input, asked.input_type, asked.instruction)
        if asked.instruction is not None or asked.input_type != "document":
            param = "input_type" if asked.instruction is None else "instruction"
            raise Unfit(param, f"Tokens are taken as they are; {param} is for texts.")
        return asked, embedder.take(asked.input)
    except Unfit as error:
        raise Invalid(str(error), error.param) from error


def _read_rerank(reranker: Reranker, body: bytes) -> tuple[RerankRequest, list[Tokens]]:
    asked = request_of(RerankRequest, body)
    _require_name(asked.model, reranker.name)
    try:
        return asked, reranker.read(asked.query, [document.text for document in asked.documents], asked.instruction)
    except Unfit as error:
        raise Invalid(str(error), error.param) from error


async def _rows(
    batches: Microbatch[Tokens, Row], texts: Sequence[Tokens], request: Request, settings: Settings
) -> list[Row]:
    """The rows as soon as they are there; who leaves or waits too long has them cancelled."""
    request.scope.get("record", {})["prompt_tokens"] = sum(map(len, texts))
    work = batches.submit(texts)
    done = asyncio.wrap_future(work.future)
    leaving = asyncio.ensure_future(request.receive())  # after its body a request brings nothing but its end
    try:
        queued_s = min(settings.queue_seconds, settings.total_seconds)
        for seconds in (queued_s, settings.total_seconds - queued_s):
            await asyncio.wait((done, leaving), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if done.done():
                return _result(done)
            if leaving.done():
                raise _left()
            if not work.has_started:
                raise Refused(503, "The queue is too long. Try again soon.", None, "queue_timeout")
        raise Refused(504, "This took too long.", None, "timeout")
    finally:
        batches.cancel(work)
        leaving.cancel()


def _left() -> Refused:
    return Refused(499, "The client has left.", None, "client_left")


def _result(future: asyncio.Future[Result]) -> Result:
    try:
        return future.result()
    except Stopped:
        raise
    except MemoryError as error:
        raise Refused(503, "The server's memory is full.", None, "out_of_memory") from error
    except Exception as error:  # the log knows more
        raise Refused(500, "The model failed on this.", None, "encoding_failed") from error


async def _aside(size: int, work: Callable[[], Result]) -> Result:
    """Do some work on so many bytes, in a thread if it would hold up the others."""
    return work() if size <= SHORT_BYTES else await asyncio.to_thread(work)


def _written(asked: EmbeddingRequest, name: str, vectors: Sequence[Vector], tokens: int) -> bytes:
    """The reply's body, put together by hand: most of it is numbers."""
    if asked.dimensions is not None:
        vectors = [shorten(vector, asked.dimensions) for vector in vectors]
    write = _base64 if asked.encoding_format == "base64" else _numbers
    rows = b",".join(
        b'{"object":"embedding","index":%d,"embedding":%s}' % (at, write(vector))
        for at, vector in enumerate(vectors)
    )
    ends = (to_json(name), to_json(_usage(tokens)))
    return b'{"object":"list","data":[' + rows + b'],"model":%s,"usage":%s}' % ends


def _base64(vector: Vector) -> bytes:
    return b'"' + b2a_base64(vector.astype("<f4", copy=False).tobytes(), newline=False) + b'"'


def _numbers(vector: Vector) -> bytes:
    return to_json(vector.tolist())


def _usage(tokens: int) -> dict[str, int]:
    return {"prompt_tokens": tokens, "total_tokens": tokens}


def _require_name(asked: str, name: str) -> None:
    if asked not in (name, "default"):
        message = f"The model {asked!r} is not served here; GET /v1/models tells what is."
        raise Refused(404, message, "model", "model_not_found")
