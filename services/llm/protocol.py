"""What may be asked of POST /v1/chat/completions: OpenAI's shapes, as far as they are served here."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import from_json

from services.llm.generation import Matcher, Sampling


class Invalid(Exception):
    """A request that cannot be served as it is; `param` names the field."""

    def __init__(self, message: str, param: str | None, code: str = "invalid_value") -> None:
        super().__init__(message)
        self.param = param
        self.code = code


class Shape(BaseModel):
    """A field that is not served is refused and never ignored; null counts as not given."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        return {k: v for k, v in given.items() if v is not None} if isinstance(given, dict) else given


AnyShape = TypeVar("AnyShape", bound=Shape)


def parse(shape: type[AnyShape], body: bytes) -> AnyShape:
    """What a body asks for; raises Invalid for what is no JSON, and pydantic's ValidationError."""
    try:
        given = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Invalid("The body is not valid JSON.", None, "invalid_json") from error
    return shape.model_validate(given)


class TextPart(Shape):
    """A part of a message; pictures and sounds are not served."""

    type: Literal["text"]
    text: str


ToolName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]


class CalledFunction(Shape):
    """What a tool was called with."""

    name: ToolName
    arguments: str

    def parsed(self) -> dict[str, Any] | None:
        """The arguments, or None if they are no JSON object."""
        try:
            arguments = from_json(self.arguments or "{}", allow_inf_nan=False)
        except ValueError:
            return None
        return arguments if isinstance(arguments, dict) else None


class ToolCall(Shape):
    """A call that the assistant made."""

    id: Annotated[str, Field(min_length=1, max_length=128)]
    type: Literal["function"] = "function"
    function: CalledFunction


class Message(Shape):
    """Something that was said."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[TextPart] | None = None
    name: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    tool_calls: list[ToolCall] = []
    tool_call_id: str | None = None

    def plain(self, position: int) -> dict[str, Any]:
        """As chat templates want it; raises Invalid for a message that makes no sense."""
        where = f"messages[{position}]"
        role = "system" if self.role == "developer" else self.role
        if self.tool_calls and role != "assistant":
            raise Invalid("Only the assistant calls tools.", f"{where}.tool_calls")
        if (self.tool_call_id is not None) != (role == "tool"):
            raise Invalid("The result of a tool has a tool_call_id, and nothing else has.", f"{where}.tool_call_id")
        if self.content is None and not self.tool_calls:
            raise Invalid("Only a message that calls tools may be without content.", f"{where}.content")
        text = self.content if isinstance(self.content, str) else "".join(p.text for p in self.content or ())
        message: dict[str, Any] = {"role": role, "content": text}
        if self.name is not None:
            message["name"] = self.name
        if self.tool_call_id is not None:
            message["tool_call_id"] = self.tool_call_id
        if self.tool_calls:
            message["tool_calls"] = [
                self._call(call, f"{where}.tool_calls[{number}]") for number, call in enumerate(self.tool_calls)
            ]
        return message

    @staticmethod
    def _call(call: ToolCall, where: str) -> dict[str, Any]:
        arguments = call.function.parsed()
        if arguments is None:
            raise Invalid("The arguments have to be a JSON object.", f"{where}.function.arguments")
        return {
            "id": call.id,
            "type": "function",
            "function": {"name": call.function.name, "arguments": arguments},
        }


class Function(Shape):
    """What a tool is called, does and takes; `parameters` is a JSON schema."""

    name: ToolName
    description: str = ""
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object", "properties": {}})
    strict: bool = False


class Tool(Shape):
    """Something that the model may ask to be done."""

    type: Literal["function"]
    function: Function

    def plain(self) -> dict[str, Any]:
        """As chat templates want it."""
        return {"type": "function", "function": self.function.model_dump(exclude={"strict"})}


class ChosenFunction(Shape):
    """The function that has to be called."""

    name: ToolName


class ChosenTool(Shape):
    """The tool that has to be called."""

    type: Literal["function"]
    function: ChosenFunction


class JsonSchema(Shape):
    """What the reply has to be; `strict` or not, it will be exactly that."""

    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
    description: str = ""
    content: dict[str, Any] | bool = Field(alias="schema", default_factory=lambda: {"type": "object"})
    strict: bool = False


class ResponseFormat(Shape):
    """The form of the reply."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None

    @model_validator(mode="after")
    def _has_its_schema(self) -> Self:
        if (self.json_schema is not None) != (self.type == "json_schema"):
            raise ValueError("json_schema and nothing else comes with a json_schema")
        return self

    def schema_of_reply(self) -> dict[str, Any] | bool | None:
        """The schema that the reply has to fit; None if it may be anything."""
        if self.json_schema:
            return self.json_schema.content
        return {"type": "object"} if self.type == "json_object" else None


class StreamOptions(Shape):
    """`include_usage`: the token counts come in a chunk of their own before the end."""

    include_usage: bool = False


class TemplateOptions(Shape):
    """What a chat template may be told."""

    enable_thinking: bool = False


StopSequence = Annotated[str, Field(min_length=1, max_length=200)]
Tenant = Annotated[str, Field(max_length=512)]


class ChatRequest(Shape):
    """The body of POST /v1/chat/completions."""

    model: str
    messages: list[Message] = Field(min_length=1, max_length=1000)
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    top_k: int | None = Field(None, ge=0, le=2**31 - 1)
    min_p: float | None = Field(None, ge=0, le=1)
    presence_penalty: float = Field(0.0, ge=-2, le=2)
    frequency_penalty: float = Field(0.0, ge=-2, le=2)
    repetition_penalty: float | None = Field(None, ge=0.1, le=10)
    seed: int | None = Field(None, ge=-(2**63), lt=2**63)
    stop: StopSequence | Annotated[list[StopSequence], Field(max_length=4)] = []
    max_tokens: int | None = Field(None, ge=1, le=2**31 - 1)
    max_completion_tokens: int | None = Field(None, ge=1, le=2**31 - 1)
    logprobs: bool = False
    top_logprobs: int | None = Field(None, ge=0, le=20)
    response_format: ResponseFormat | None = None
    tools: list[Tool] = Field([], max_length=128)
    tool_choice: Literal["none", "auto", "required"] | ChosenTool | None = None
    parallel_tool_calls: bool = True
    n: Literal[1] = 1
    user: Tenant | None = None
    prompt_cache_key: Tenant | None = None
    chat_template_kwargs: TemplateOptions = TemplateOptions()

    def check(self) -> None:
        """Raises Invalid for fields that contradict each other."""
        if self.stream_options and not self.stream:
            raise Invalid("stream_options need stream.", "stream_options")
        if self.top_logprobs is not None and not self.logprobs:
            raise Invalid("top_logprobs need logprobs.", "top_logprobs")
        names = [tool.function.name for tool in self.tools]
        if len(set(names)) < len(names):
            raise Invalid("Two tools have the same name.", "tools")
        if self.tool_choice not in (None, "none", "auto") and not names:
            raise Invalid("tool_choice needs tools.", "tool_choice")
        if isinstance(self.tool_choice, ChosenTool) and self.tool_choice.function.name not in names:
            raise Invalid(f"There is no tool {self.tool_choice.function.name!r}.", "tool_choice")
        if self.offered_tools and self.reply_schema is not None:
            raise Invalid("A reply either may call tools or has a response_format.", "response_format")

    @property
    def offered_tools(self) -> list[Tool]:
        """The tools that may be called in this reply."""
        return [] if self.tool_choice == "none" else self.tools

    @property
    def forced_tools(self) -> list[Tool]:
        """The tools of which one has to be called; empty if the reply may do without."""
        if isinstance(self.tool_choice, ChosenTool):
            return [tool for tool in self.tools if tool.function.name == self.tool_choice.function.name]
        return self.tools if self.tool_choice == "required" else []

    @property
    def reply_schema(self) -> dict[str, Any] | bool | None:
        """The schema that the reply has to fit; None if it may be anything."""
        return self.response_format.schema_of_reply() if self.response_format else None

    @property
    def most_tokens(self) -> int | None:
        """How long the reply may get; None leaves it to the server."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def tenant(self) -> str:
        """Whose prompt this is."""
        return self.prompt_cache_key or self.user or ""

    def sampling(
        self,
        defaults: Mapping[str, float],
        max_tokens: int,
        matcher: Callable[[], Matcher] | None,
        shows_control_tokens: bool,
    ) -> Sampling:
        """How to write; what the request leaves open is taken from the model's own defaults."""

        def wish(name: str, neutral: float) -> Any:
            given = getattr(self, name)
            return defaults.get(name, neutral) if given is None else given

        return Sampling(
            max_tokens=max_tokens,
            temperature=wish("temperature", 1.0),
            top_p=wish("top_p", 1.0),
            top_k=wish("top_k", 0),
            min_p=wish("min_p", 0.0),
            presence_penalty=self.presence_penalty,
            frequency_penalty=self.frequency_penalty,
            repetition_penalty=wish("repetition_penalty", 1.0),
            seed=self.seed,
            stop=(self.stop,) if isinstance(self.stop, str) else tuple(self.stop),
            alternatives=(self.top_logprobs or 0) if self.logprobs else None,
            matcher=matcher,
            shows_control_tokens=shows_control_tokens,
        )
