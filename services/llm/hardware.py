"""What this machine has: cores, memory, a graphics card, and which numbers its processor multiplies fastest."""

import math
import os
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from services.llm.linear import Int8Linear, PackedLinear
from services.llm.unloadable import Unloadable

PROMPT_TOKENS, REPLY_TOKENS, BATCH = 1000, 100, 4
"""A typical request, and how many are answered at once, for choosing how to calculate."""
TRIAL_SECONDS = 0.15
EXACTNESS = 1.2
"""How much faster a coarser way of calculating has to be."""


def limit_threads() -> int:
    """Leave one core to everything but the models; returns how many threads they have."""
    threads = max(1, cores() - 1)
    torch.set_num_threads(threads)
    return threads


def cores(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """The cores that this program may use: a container's quota counts, the host's cores do not."""
    allowed = len(os.sched_getaffinity(0))
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        return allowed
    return allowed if quota == "max" else max(1, min(allowed, math.ceil(int(quota) / int(period))))


def choose_device(name: str) -> torch.device:
    """The device that was asked for. Raises Unloadable when it is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError, ImportError) as error:
        reason = str(error).strip().splitlines()[0]
        raise Unloadable(f"LLM_DEVICE: {name} cannot be used here: {reason}") from error


def card_dtype() -> torch.dtype:
    """bfloat16 where the graphics card itself calculates in it, else float16."""
    return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16


def free_memory(device: torch.device, cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes that can be taken on the device."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    lines = Path("/proc/meminfo").read_text().splitlines()
    free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    try:
        limit = (cgroup / "memory.max").read_text().strip()
        used = int((cgroup / "memory.current").read_text())
    except OSError:
        return free
    return free if limit == "max" else min(free, int(limit) - used + _idle_cache(cgroup))


def _idle_cache(cgroup: Path) -> int:
    """How much of a container's memory holds files that nobody reads any more, such as those of loaded weights."""
    try:
        lines = (cgroup / "memory.stat").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))


def fastest_dtype(width: int, inner: int, *, exact: bool = False) -> str:
    """`float32`, `bfloat16` or, unless it has to be exact, `int8`: what multiplies a typical request soonest.

    The weights of the trial are [inner, width].
    """
    ways: dict[str, tuple[Callable[[nn.Linear], nn.Module], torch.dtype]] = {
        "float32": (PackedLinear, torch.float32),
        "bfloat16": (PackedLinear, torch.bfloat16),
        "int8": (Int8Linear, torch.float32),
    }
    if exact:
        del ways["int8"]
    best, best_cost = "float32", math.inf
    for name, (kind, dtype) in ways.items():
        try:
            multiply = kind(nn.Linear(width, inner, bias=False, dtype=dtype))
            prompt = _seconds(multiply, torch.randn(256, width, dtype=dtype)) / 256
            reply = _seconds(multiply, torch.randn(BATCH, width, dtype=dtype)) / BATCH
        except (RuntimeError, AttributeError):  # this processor or this build of torch cannot
            continue
        cost = PROMPT_TOKENS * prompt + REPLY_TOKENS * reply
        if cost * EXACTNESS < best_cost:
            best, best_cost = name, cost
    return best


@torch.inference_mode()
def _seconds(multiply: Callable[[Tensor], Tensor], tokens: Tensor) -> float:
    multiply(tokens)
    runs, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < TRIAL_SECONDS:
        multiply(tokens)
        runs += 1
    return passed / runs
