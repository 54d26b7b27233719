"""`make run MODELS=...`: which models this machine should have, and our model server as one more program.

Standard library only where it chooses: the server's packages are installed for MODELS alone.
"""

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

from deploy.local import probes
from deploy.local.parts import Guest
from deploy.local.settings import LocalSettings, Refusal

KINDS = ("cpu", "gpu")
NONE = "none"
DRAIN_S = 5
"""The supervisor kills what has not ended GRACE_S after it was asked to."""


@dataclass(frozen=True, slots=True)
class Tier:
    """What fits on a machine; docs/models.md says why."""

    least_gb: int
    """Memory of the graphics card; 0 needs none."""
    settings: Mapping[str, str]


TIERS = (
    Tier(70, {"LLM_CHAT_MODEL": "Qwen/Qwen3-30B-A3B-Instruct-2507", "LLM_EMBEDDING_MODEL": "BAAI/bge-m3"}),
    Tier(22, {"LLM_CHAT_MODEL": "Qwen/Qwen3-8B", "LLM_EMBEDDING_MODEL": "BAAI/bge-m3"}),
    Tier(11, {"LLM_CHAT_MODEL": "Qwen/Qwen3-4B-Instruct-2507", "LLM_EMBEDDING_MODEL": "BAAI/bge-m3"}),
    Tier(
        7,
        {
            "LLM_CHAT_MODEL": "Qwen/Qwen3-4B-Instruct-2507",
            "LLM_EMBEDDING_MODEL": "BAAI/bge-m3",
            "LLM_QUANTIZE": "4bit",
            "LLM_CONTEXT_TOKENS": "4096",
        },
    ),
    Tier(
        0,
        {
            "LLM_EMBEDDING_MODEL": "intfloat/multilingual-e5-small",
            "LLM_DEVICE": "cpu",
            # A question waits for the batch before it: on a laptop that is a second then, and not five.
            "LLM_ENCODER_BATCH_TOKENS": "4096",
        },
    ),
)
MODELS = ("LLM_CHAT_MODEL", "LLM_EMBEDDING_MODEL", "LLM_RERANK_MODEL")
ASKED_BY = {
    "LLM_CHAT_MODEL": ("FRONTDESK_LLM_URL", "FRONTDESK_LLM_API_KEY"),
    "LLM_EMBEDDING_MODEL": ("FRONTDESK_EMBEDDING_URL", "FRONTDESK_EMBEDDING_API_KEY"),
    "LLM_RERANK_MODEL": ("FRONTDESK_RERANK_URL", "FRONTDESK_RERANK_API_KEY"),
}
"""Where Frontdesk looks for a model, and the key that it shows there."""


@dataclass(frozen=True, slots=True)
class Models:
    """The model server's settings, and those of the programs that ask it."""

    served: Mapping[str, str]
    asking: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """The models that are served."""
        return tuple(self.served[name] for name in MODELS if self.served.get(name))


def choose(kind: str, settings: LocalSettings, environment: Mapping[str, str]) -> Models:
    """What the environment says, else what suits the machine. Raises Refusal where there is no graphics card.

    A model that Frontdesk has elsewhere, at an address in the environment, is not loaded here unless it is named.
    """
    tier = tier_for(card_gb() if kind == "gpu" else 0)
    served = dict(tier.settings)
    for model, (url, _) in ASKED_BY.items():
        if environment.get(url):
            served.pop(model, None)
    served |= {name: value for name, value in environment.items() if name.startswith("LLM_") and value}
    served |= {name: "" for name in MODELS if served.get(name, NONE).lower() == NONE}
    served["LLM_PORT"] = str(settings.ports["llm"])
    served.setdefault("LLM_DRAIN_SECONDS", str(DRAIN_S))
    asking = {}
    for model, (url, key) in ASKED_BY.items():
        if served[model] and not environment.get(url):
            asking[url] = settings.url("llm") + "/v1"
            if served.get("LLM_API_KEY") and not environment.get(key):
                asking[key] = served["LLM_API_KEY"]
    return Models(served, asking)


def tier_for(gb: float) -> Tier:
    """The largest that fits on a graphics card with so much memory; 0 is none. Raises Refusal when none does."""
    tier = next(tier for tier in TIERS if gb >= tier.least_gb)
    if gb and not tier.least_gb:
        least = min(tier.least_gb for tier in TIERS if tier.least_gb)
        raise Refusal(f"The graphics card has {gb:.0f} GB, and the models want {least} or more: use MODELS=cpu.")
    return tier


def card_gb() -> float:
    """Memory of the first graphics card in GB; raises Refusal when there is none."""
    command = ("nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits")
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
        return float(answer.splitlines()[0]) * 2**20 / 1e9
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        raise Refusal("MODELS=gpu wants an NVIDIA card, and nvidia-smi shows none: use MODELS=cpu.") from error


def are_installed() -> bool:
    """Whether the model server's packages are there."""
    return all(find_spec(package) for package in ("torch", "transformers", "uvloop"))


def server(settings: LocalSettings, environment: Mapping[str, str], models: Models, after: frozenset[str]) -> Guest:
    """Our model server. It knows nothing of Frontdesk, and so is told no secret of it."""
    others = {name: value for name, value in environment.items() if not name.startswith("FRONTDESK_")}
    return Guest(
        name="llm",
        title="Models",
        command=(sys.executable, "-m", "services.llm"),
        environment={**others, **models.served},
        after=after,
        is_ready=partial(probes.http_answers, settings.url("llm") + "/health/ready"),
        says=re.compile(r"llm: (.+)"),
        complains=re.compile(r".* ERROR services\.llm\.models: (.+?)(?: Trying again in \d+ s\.)?"),
    )
