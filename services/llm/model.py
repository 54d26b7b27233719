"""A chat model: conversations to tokens, tokens to text. The only module that knows torch and transformers."""

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from jinja2 import TemplateError
from tokenizers.decoders import DecodeStream
from transformers import AutoModelForCausalLM, AutoTokenizer, StoppingCriteriaList

from services.llm.settings import Settings
from services.llm.writing import Finish, IsUnwanted, PromptRefused, Sampling, StopScanner, Take

log = logging.getLogger(__name__)


class Unloadable(Exception):
    """The model is not there or not of a kind that can be served; the text is one line."""


class ChatModel:
    """Writes one reply at a time; call `write` from one thread only."""

    def __init__(self, model: Any, tokenizer: Any, name: str, context_tokens: int) -> None:
        self.name = name
        self.context_tokens = context_tokens
        self._model = model
        self._tokenizer = tokenizer
        eos = model.generation_config.eos_token_id
        self._eos = frozenset([eos] if isinstance(eos, int) else eos or ())
        controls = [str(token) for token in tokenizer.added_tokens_decoder.values() if token.special]
        self._controls = re.compile("|".join(map(re.escape, sorted(controls, key=len, reverse=True))) or r"(?!)")

    def encode(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        """The prompt for a conversation; raises PromptRefused for one that the model's template does not take."""
        # What people write must not be read as the marks that tell the model who speaks.
        plain = [{**message, "content": self._controls.sub(_defuse, message["content"])} for message in messages]
        try:
            text = self._tokenizer.apply_chat_template(
                plain, tokenize=False, add_generation_prompt=True, enable_thinking=False
            )
        except TemplateError as error:
            raise PromptRefused(f"This model's template refuses this: {error}", "messages_refused") from error
        prompt: list[int] = self._tokenizer(text, add_special_tokens=False).input_ids
        return prompt

    def write(self, prompt: list[int], sampling: Sampling, take: Take, is_unwanted: IsUnwanted) -> Finish:
        """Give the reply to `take` piece by piece; breaks off after the token during which it became unwanted."""
        _seed(sampling.seed)
        wishes = {"temperature": sampling.temperature or None, "top_p": sampling.top_p}
        wishes["do_sample"] = None if sampling.temperature is None else sampling.temperature > 0
        reply = _Reply(self._tokenizer, StopScanner(sampling.stop), take, is_unwanted)
        ids = torch.tensor([prompt], device=self._model.device)
        with torch.inference_mode():
            self._model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=sampling.max_tokens,
                streamer=reply,
                stopping_criteria=StoppingCriteriaList([reply.is_over]),
                **{name: wish for name, wish in wishes.items() if wish is not None},
            )
        ended = reply.scanner.found or reply.last_token in self._eos
        return Finish("stop" if ended else "length", len(prompt), reply.tokens)


class _Reply:
    """Takes the tokens from `generate`, which first of all gives the prompt, and says when to end."""

    def __init__(self, tokenizer: Any, scanner: StopScanner, take: Take, is_unwanted: IsUnwanted) -> None:
        self.scanner = scanner
        self.tokens = -1
        self.last_token: int | None = None
        self._take = take
        self._is_unwanted = is_unwanted
        self._backend = tokenizer.backend_tokenizer
        self._decoder = DecodeStream(skip_special_tokens=True)

    def put(self, value: torch.Tensor) -> None:
        """A token, or the prompt."""
        self.tokens += 1
        if self.tokens:
            self.last_token = int(value.item())
            self._pass_on(self.scanner.feed(self._decoder.step(self._backend, self.last_token) or ""))

    def end(self) -> None:
        """No token will follow."""
        self._pass_on(self.scanner.rest())

    def is_over(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        """Asked after every token."""
        over = self.scanner.found or self._is_unwanted()
        return torch.full((input_ids.shape[0],), over, dtype=torch.bool, device=input_ids.device)

    def _pass_on(self, text: str) -> None:
        if text:
            self._take(text)


def load(settings: Settings) -> ChatModel:
    """Load the chat model; raises Unloadable."""
    name = settings.chat_model
    if name.startswith(("/", ".")) and not Path(name).is_dir():
        raise Unloadable(f"LLM_CHAT_MODEL: there is no folder {name}.")
    device = settings.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.float32 if device == "cpu" else "auto"
    log.info("Loading %s for %s", name, device)
    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        model = AutoModelForCausalLM.from_pretrained(name, dtype=dtype).to(device).eval()
    except Exception as error:  # transformers, the hub and torch raise what they like; all of it means the same
        reason = " ".join(str(error).split())
        raise Unloadable(f"LLM_CHAT_MODEL: {name} cannot be loaded: {reason or repr(error)}") from error
    if not tokenizer.is_fast or tokenizer.chat_template is None:
        missing = "chat template" if tokenizer.is_fast else "fast tokenizer"
        raise Unloadable(f"LLM_CHAT_MODEL: {name} cannot be served here: it has no {missing}.")
    longest = getattr(model.config.get_text_config(), "max_position_embeddings", settings.context_tokens)
    path = Path(name)
    return ChatModel(
        model, tokenizer, path.resolve().name if path.is_dir() else name, min(longest, settings.context_tokens)
    )


def _seed(seed: int | None) -> None:
    if seed is None:
        torch.seed()
    else:
        torch.manual_seed(seed)


def _defuse(control: re.Match[str]) -> str:
    text = control.group()
    return f"{text[0]} {text[1:]}"
