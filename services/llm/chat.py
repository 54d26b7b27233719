"""A chat model, ready to be asked: from the body of a request to a job for the engine."""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.llm.crossing import Crossing
from services.llm.dialects import amid_text
from services.llm.engine import Engine
from services.llm.generation import Job, Piece, Sampling
from services.llm.grammar import Following, Grammars, check_schemas, laid_out
from services.llm.loading import ChatModel
from services.llm.prompting import Prompting
from services.llm.protocol import ChatRequest, Invalid
from services.llm.settings import Settings
from services.llm.tool_calls import First, Reader

READING_THREADS = 4


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request as the engine takes it, and what its reply has to go through."""

    model: str
    """The name under which it is answered."""
    adapter: str | None
    prompt: list[int]
    shared_tokens: int
    sampling: Sampling
    reader: Reader | None
    """Finds the tool calls in the reply."""
    grammars: list[Following]
    """The grammar of the reply, once it has begun."""
    clean: Callable[[str], str]
    """Takes the control tokens out of the text that are not part of a call."""

    def job(self, tenant: str, listen: Callable[[Piece], object]) -> Job:
        """What the engine is asked."""
        return Job(self.prompt, self.sampling, listen, tenant, self.shared_tokens, self.adapter)


class Chat:
    """A model with its engine, which starts and stops with it."""

    def __init__(self, model: ChatModel, settings: Settings) -> None:
        self.name = model.name
        self.is_draining = False
        self._crossing = Crossing()
        self.engine = Engine(
            model.runner,
            model.eos,
            model.tokenizer,
            waiting=settings.waiting,
            waiting_tokens=settings.waiting_tokens,
            deliver=self._crossing.send,
        )
        # Who does not care which model answers says `default`.
        self.names: dict[str, tuple[str, str | None]] = dict.fromkeys((model.name, "default"), (model.name, None))
        """Everything that may be asked for, with the name it is answered under and its adapter."""
        for adapter in model.adapters:
            for name in (model.name, "default"):
                self.names[f"{name}:{adapter}"] = (f"{model.name}:{adapter}", adapter)
        self._model = model
        self._reply_tokens = settings.reply_tokens
        self._prompting = Prompting(model.tokenizer, self.engine.context_tokens)
        self._grammars = Grammars(model.tokenizer, self.engine.vocabulary, model.eos)
        self.token_bytes = self._grammars.token_bytes
        marks = self._prompting.dialect.marks if self._prompting.dialect else ()
        special = {str(token) for token in model.tokenizer.added_tokens_decoder.values() if token.special}
        self._shows_marks = marks is None or not special.isdisjoint(marks)
        """Whether a call can be seen only in a text with control tokens."""
        self._controls = re.compile("|".join(map(re.escape, special.difference(marks or ()))) or r"(?!)")
        self._reading = ThreadPoolExecutor(READING_THREADS, "reading")
        # A grammar can take its time; who needs none does not wait for it.
        self._compiling = ThreadPoolExecutor(1, "compiling")

    @property
    def is_alive(self) -> bool:
        """Whether it still answers."""
        return self.engine.is_alive

    @property
    def stalled_s(self) -> float:
        """How long work has been pending without a step."""
        return self.engine.load().stalled_s

    def start(self) -> None:
        """Begin to answer; pieces go to the event loop that runs now."""
        self._crossing.open()
        self.engine.start()

    def stop(self, drain_s: float) -> None:
        """Take nothing more, let what runs go on for so long; blocks."""
        self.is_draining = True
        self.engine.stop(drain_s)
        self._reading.shutdown(wait=False)
        self._compiling.shutdown(wait=False)

    def threads(self, request: ChatRequest) -> Executor:
        """Where to prepare this request."""
        needs_grammar = request.reply_schema is not None or request.forced_tools or not request.parallel_tool_calls
        strict = any(tool.function.strict for tool in request.offered_tools)
        return self._compiling if needs_grammar or strict else self._reading

    def prepare(self, request: ChatRequest, name: str, adapter: str | None) -> Prepared:
        """Read a request; takes a while. Raises Invalid."""
        request.check()
        messages = [message.plain(number) for number, message in enumerate(request.messages)]
        tools = [tool.plain() for tool in request.offered_tools]
        thinking = request.chat_template_kwargs.enable_thinking
        check_schemas(
            {f"tools[{n}].function.parameters": tool.function.parameters for n, tool in enumerate(request.tools)}
        )
        prompt = self._prompting.encode(messages, tools, thinking)
        if not prompt:
            raise Invalid("These messages come to no token.", "messages")
        room = self.engine.context_tokens - len(prompt)
        wanted = request.most_tokens
        if room < (wanted or 1):
            message = f"The model's context holds {self.engine.context_tokens} tokens; the messages have "
            message += f"{len(prompt)} and the reply may have {wanted}." if wanted else f"{len(prompt)}."
            raise Invalid(message, "messages", "context_length_exceeded")
        grammars: list[Following] = []
        begin = self._grammar(request)

        def remembered(begin: Callable[[], Following]) -> Following:
            grammars.append(begin())
            return grammars[-1]

        dialect = self._prompting.dialect if tools else None
        shows_marks = dialect is not None and self._shows_marks
        reader: Reader | None = None
        if dialect:
            reader = dialect.reader(
                {tool.function.name: tool.function.parameters for tool in request.offered_tools}
            )
        if reader and not request.parallel_tool_calls:
            reader = First(reader)
        longest = wanted or min(room, self._reply_tokens)
        return Prepared(
            name,
            adapter,
            prompt,
            self._prompting.shared_tokens(prompt, messages, tools, thinking),
            request.sampling(
                self._model.defaults, longest, partial(remembered, begin) if begin else None, shows_marks
            ),
            reader,
            grammars,
            partial(self._controls.sub, "") if shows_marks else str,
        )

    def _grammar(self, request: ChatRequest) -> Callable[[], Following] | None:
        """What begins the grammar that the reply has to follow, if any."""
        if request.reply_schema is not None:
            return self._grammars.of_schema(request.reply_schema, "response_format")
        forced = request.forced_tools
        tools = forced or request.offered_tools
        strict = [tool.function.name for tool in tools if forced or tool.function.strict]
        if not strict and (request.parallel_tool_calls or not tools):
            return None
        dialect = self._prompting.dialect
        if dialect is None or dialect.forced is None or not (forced or dialect.opens):
            if strict:
                raise Invalid("This model can be held to a tool's schema only when it is forced to call.", "tools")
            return None
        schemas: Mapping[str, Any] = {
            tool.function.name: laid_out(
                tool.function.parameters if tool.function.name in strict else {"type": "object"},
                f"tools[{number}].function.parameters",
            )
            for number, tool in enumerate(request.tools)
            if tool in tools
        }
        grammar = dialect.forced(schemas, request.parallel_tool_calls, self._grammars.quote)
        return self._grammars.of_calls(grammar if forced else amid_text(grammar), "tools")
