"""`python -m bench.llm`: how fast the model server's engine writes, next to what transformers offers.

Random weights of a real shape are made on the spot; nothing is downloaded. All requests arrive at once and are
answered greedily, the same ones in every mode. On a processor the clock is the CPU time of this process with one
thread, which others on the machine disturb little; on a graphics card it is the wall's. What can be compared from
machine to machine are ratios. A card is also asked for what it does when idle, held against its memory's bandwidth.
"""

import argparse
import gc
import json
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import PreTrainedModel

from bench.llm_figures import Row, Waits, compare
from bench.llm_idle import Idle, measure_idle
from bench.llm_models import SHAPES, NoRoom, cache_bytes, make_model, parameters
from bench.llm_modes import MODES, GenerationDied, Mode
from bench.llm_workload import WORKLOADS, Request, Trace, one_like
from services.llm.hardware import free_memory
from services.llm.runner import OutOfMemory

SPARE = 1.5
"""Memory that a mode takes, as a factor on its cache."""


def measure(
    model: PreTrainedModel, modes: Sequence[Mode], requests: Sequence[Request], budget_s: float, label: str
) -> list[Row]:
    """Every mode on the same requests, one after the other."""
    rows: list[Row] = []
    reference: Trace | None = None
    for mode in modes:
        needed = mode.cache_tokens(requests) * cache_bytes(model)
        if needed * SPARE > free_memory(model.device):
            failure = f"left out: no room for a cache of {needed / 1e9:.1f} GB"
            rows.append(Row(mode.name, mode.title, len(requests), failure=failure))
            continue
        try:
            trace = run(model, mode, requests, Trace(requests, budget_s, f"{label}, {mode.name}"))
        except (GenerationDied, OutOfMemory, torch.OutOfMemoryError) as error:
            failure = f"broke off: {error}".splitlines()[0]
            rows.append(Row(mode.name, mode.title, len(requests), failure=failure))
            continue
        finally:
            print(file=sys.stderr)
            give_back_memory()
        if mode.name == "one":
            reference = trace
        agreement = compare(model, reference, trace) if reference and trace is not reference else None
        rows.append(Row.of(mode.name, mode.title, trace, agreement))
    return rows


def best(rounds: Sequence[list[Row]], on_card: bool) -> list[Row]:
    """Each mode's fastest round, which others on the machine disturbed least, with the worst agreement of all."""
    rows = []
    for same in zip(*rounds, strict=True):
        told = [row.agreement for row in same if row.agreement]
        worst = min(
            told, key=lambda agreement: agreement.identical + agreement.ties - agreement.compared, default=None
        )
        rows.append(replace(max(same, key=lambda row: row.speed(on_card)), agreement=worst))
    return rows


def give_back_memory() -> None:
    """What is no longer used is there for the next one."""
    gc.collect()
    torch.cuda.empty_cache()


def run(model: PreTrainedModel, mode: Mode, requests: Sequence[Request], trace: Trace) -> Trace:
    """Answer the requests in this mode, after one other that warms it up."""
    warming = one_like(requests, model.config.vocab_size)
    with mode.open(model, requests) as answer:
        answer([warming], Trace([warming]))
        trace.begin()
        answer(requests, trace)
        trace.close()
    return trace


def show(rows: Sequence[Row], on_card: bool) -> None:
    """A table of Markdown."""
    base = next((row.speed(on_card) for row in rows if row.mode == "one"), 0.0)
    waits = "first token p50 / p95"
    heads = (
        ["mode", "tokens per s", "ratio", f"{waits} (s)", "as one at a time"]
        if on_card
        else ["mode", "tokens per CPU-s", "ratio", f"{waits} (CPU-s)", f"{waits} (wall s)", "as one at a time"]
    )
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for row in rows:
        print(f"| {' | '.join(_cells(row, base, on_card))} |")


def _cells(row: Row, base: float, on_card: bool) -> list[str]:
    if row.failure:
        return [row.title, row.failure, *[""] * (3 if on_card else 4)]
    cut = "" if row.finished == row.requests else f", cut: {row.finished} of {row.requests} finished"
    speed = row.speed(on_card)
    waits = [row.first_wall_s] if on_card else [row.first_cpu_s, row.first_wall_s]
    agreement = ""
    if told := row.agreement:
        agreement = f"{told.identical} of {told.compared}" + (f", {told.ties} ties" if told.ties else "")
    return [row.title + cut, f"{speed:.1f}", f"{speed / base:.2f}" if base else "", *map(_waits, waits), agreement]


def _waits(waits: Waits) -> str:
    return " / ".join("not in time" if wait is None else f"{wait:.2f}" for wait in waits)


def show_idle(idle: Idle) -> None:
    """The same for the figures of an idle device."""
    print("| idle device | |\n|---|---|")
    for first in idle.first_tokens:
        known = f", {first.known_tokens} of them known" if first.known_tokens else ""
        print(f"| first token after {first.prompt_tokens}{known} | {first.wall_s * 1e3:.1f} ms |")
    for decoding in idle.decoding:
        print(
            f"| decoding, {decoding.requests} at {decoding.prompt_tokens} tokens and more | "
            f"{decoding.tokens_per_s:.0f} tokens per s, {decoding.share_of_bandwidth:.0%} of the bandwidth |"
        )
    print(f"| bandwidth of a copy, bytes read and written | {idle.bandwidth / 1e9:.0f} GB per s |")


def machine(device: torch.device) -> str:
    """What this runs on."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{names[0].partition(': ')[2] if names else platform.machine()}, {torch.get_num_threads()} thread"


def wishes() -> argparse.Namespace:
    """The command line."""
    has_card = torch.cuda.is_available()
    names = [mode.name for mode in MODES]
    types = ["float32", "bfloat16", "float16"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", nargs="+", choices=SHAPES, default=list(SHAPES) if has_card else ["tiny"])
    parser.add_argument(
        "--workload",
        nargs="+",
        choices=[*WORKLOADS, "idle"],
        default=[*WORKLOADS, "idle"] if has_card else list(WORKLOADS),
    )
    parser.add_argument("--modes", nargs="+", choices=names, default=names)
    parser.add_argument("--requests", type=int, default=32)
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the length of prompts and answers")
    parser.add_argument("--rounds", type=int, default=1, help="measure the modes in turn so often, show the best")
    parser.add_argument("--budget", type=float, default=600.0, help="seconds after which a mode is cut")
    parser.add_argument("--device", default="cuda" if has_card else "cpu")
    parser.add_argument("--dtype", choices=types, default="bfloat16" if has_card else "float32")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path, help="a file for all figures")
    return parser.parse_args()


def tables(size: str, wished: argparse.Namespace, device: torch.device) -> Iterator[dict[str, Any]]:
    """Measure a size under each workload and print it as Markdown; the same figures as plain values."""
    on_card = device.type == "cuda"
    modes = [mode for mode in MODES if mode.name in wished.modes]
    scaled = "" if wished.scale == 1 else f", lengths scaled by {wished.scale}"
    try:
        model = make_model(size, device, getattr(torch, wished.dtype))
    except NoRoom as error:
        print(f"\n{size}, {wished.dtype}: left out, {error}")
        return
    shape = f"{size} ({parameters(model) / 1e6:.1f} million parameters, {wished.dtype})"
    for workload in wished.workload:
        if workload == "idle":
            print(f"\n{shape}, idle{scaled}\n")
            idle = measure_idle(model, wished.scale)
            show_idle(idle)
            yield {"size": size, "workload": workload, **asdict(idle)}
            continue
        requests = WORKLOADS[workload](wished.requests, model.config.vocab_size, wished.scale, wished.seed)
        read = sum(len(request.prompt) for request in requests)
        write = sum(request.answer_tokens for request in requests)
        asked = f"{len(requests)} requests, {read} tokens in, {write} out{scaled}"
        repeated = "" if wished.rounds == 1 else f"; best of {wished.rounds} rounds"
        print(f"\n{shape}, {workload}: {asked}{repeated}\n")
        label = f"{size}, {workload}"
        rounds = [measure(model, modes, requests, wished.budget, label) for _ in range(wished.rounds)]
        rows = best(rounds, on_card)
        show(rows, on_card)
        yield {"size": size, "workload": workload, "rows": [asdict(row) for row in rows]}


def main() -> None:
    """Measure what the command line asks for."""
    wished = wishes()
    device = torch.device(wished.device)
    transformers.logging.set_verbosity_error()
    if device.type != "cuda":
        torch.set_num_threads(1)
    about = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(device),
        "versions": f"torch {torch.__version__}, transformers {transformers.__version__}",
    }
    print(", ".join(about.values()))
    measured: list[dict[str, Any]] = []
    for size in wished.size:
        measured += tables(size, wished, device)
        give_back_memory()
    if wished.json:
        text = json.dumps({**about, "asked": vars(wished), "tables": measured}, indent=1, default=str)
        wished.json.write_text(text)


if __name__ == "__main__":
    main()
