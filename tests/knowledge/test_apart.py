"""Files that are read in a process of their own: what one does to it is its own business, and the next is read."""

import json
import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from openpyxl import Workbook

from deploy.local.programs import FRONTDESK
from frontdesk.errors import Invalid
from frontdesk.knowledge.apart import Reader, ReadingFailed
from frontdesk.knowledge.apart.confinement import MEMORY_BYTES
from frontdesk.knowledge.chunking import ChunkText, chunk
from frontdesk.knowledge.parsing import parse
from tests.knowledge.files import SAMPLES, Text, archive, pdf
from tests.waiting import wait_for

SAMPLE = SAMPLES / "returns-policy.en.docx"
PARTS = 8_000


@pytest.fixture
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.close()


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    """A file of so many chunks that a pipe does not hold them: who reads it waits for us."""
    return manual(tmp_path, PARTS)


def manual(folder: Path, parts: int) -> Path:
    path = folder / "manual.md"
    path.write_text("".join(f"# Part {number}\n\nTurn the knob {number} times.\n\n" for number in range(parts)))
    return path


def children() -> set[psutil.Process]:
    """Those of these tests; the stores that others need are among them."""
    return set(psutil.Process().children())


class Reading:
    """A long file in the middle of being read."""

    def __init__(self, reader: Reader, path: Path) -> None:
        before = children()
        self.chunks = reader.chunks(path, path.name)
        self.first = next(self.chunks)
        (self.server,) = children() - before
        (self.child,) = self.server.children()

    def rest(self) -> list[ChunkText]:
        return list(self.chunks)

    def is_over(self) -> bool:
        return not any(
            process.is_running() and process.status() != "zombie" for process in (self.server, self.child)
        )


@pytest.fixture
def reading(reader: Reader, long_file: Path) -> Reading:
    return Reading(reader, long_file)


def test_the_chunks_are_those_of_the_file(reader: Reader) -> None:
    for path in sorted(SAMPLES.iterdir()):
        assert list(reader.chunks(path, path.name)) == list(chunk(parse(path, path.name)))


def test_how_far_it_is_is_told_by_pages(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "manual.pdf"
    path.write_bytes(pdf([[Text(72, 700, f"Turn the knob {number} times.")] for number in range(40)]))
    told: list[tuple[int, int]] = []
    assert list(reader.chunks_and_pictures(path, path.name, progress=lambda *read: told.append(read)))
    assert told[0] == (0, 40)
    assert all(total == 40 for _, total in told)


@pytest.mark.parametrize(
    "name", ["manual.md", "manual.txt", "manual.csv", "manual.html", "manual.jsonl", "manual.zip"]
)
def test_every_long_type_tells_how_far_it_is(tmp_path: Path, name: str) -> None:
    texts = {
        "md": lambda number: f"# Part {number}\n\nTurn the knob {number} times.\n\n",
        "txt": lambda number: f"Turn the knob {number} times.\n\n",
        "csv": lambda number: f"Part {number},Turn the knob {number} times.\n",
        "html": lambda number: f"<p>Turn the knob {number} times.</p>\n",
        "jsonl": lambda number: json.dumps({"part": f"Turn the knob {number} times."}) + "\n",
    }
    content = {suffix: "".join(map(text, range(5000))) for suffix, text in texts.items()}
    path = tmp_path / name
    suffix = name.rpartition(".")[2]
    if suffix == "zip":
        path.write_bytes(archive({f"manual.{one}": text for one, text in content.items()}))
    else:
        path.write_text(content[suffix])
    told: list[float] = []
    assert list(parse(path, name, progress=lambda done, total: told.append(done / total)))
    assert told == sorted(told)
    assert told[0] < 0.1
    assert told[-1] > 0.8
    assert max(later - earlier for earlier, later in pairwise(told)) < 0.3


def test_workbooks_tell_it_over_all_their_sheets(tmp_path: Path) -> None:
    workbook = Workbook()
    for sheet in (workbook.active, workbook.create_sheet("Prices")):
        for number in range(5000):
            sheet.append([f"Part {number}", f"Turn the knob {number} times."])
    path = tmp_path / "manual.xlsx"
    workbook.save(path)
    told: list[float] = []
    assert list(parse(path, path.name, progress=lambda done, total: told.append(done / total)))
    assert told == sorted(told)
    assert any(0.4 < share < 0.6 for share in told)
    assert told[-1] > 0.9


def test_a_file_that_cannot_be_read_says_why_and_the_process_stays(reader: Reader, tmp_path: Path) -> None:
    before = children()
    list(reader.chunks(SAMPLE, SAMPLE.name))
    after = children()
    assert len(after - before) == 1
    broken = tmp_path / "broken"
    broken.write_bytes(SAMPLE.read_bytes()[:3000])
    for path, name, code in (
        (broken, "a.docx", "file_broken"),
        (SAMPLE, "a.pdf", "file_wrong_type"),
        (SAMPLE, "a.exe", "file_type_unsupported"),
    ):
        with pytest.raises(Invalid) as refusal:
            list(reader.chunks(path, name))
        assert refusal.value.code == code
        assert refusal.value.message
    assert children() == after
    assert list(reader.chunks(SAMPLE, SAMPLE.name))


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGSEGV, "file_broken"), (signal.SIGABRT, "file_broken"), (signal.SIGXCPU, "file_too_large")],
)
def test_a_file_that_crashes_what_reads_it(reader: Reader, reading: Reading, number: int, code: str) -> None:
    reading.child.send_signal(number)
    with pytest.raises(Invalid) as refusal:
        reading.rest()
    assert refusal.value.code == code
    assert list(reader.chunks(SAMPLE, SAMPLE.name))


def test_a_file_that_takes_too_much_memory(reader: Reader, tmp_path: Path) -> None:
    before = children()
    list(reader.chunks(SAMPLE, SAMPLE.name))
    (server,) = children() - before
    least = server.memory_info().vms + 64 * 1024**2
    resource.prlimit(server.pid, resource.RLIMIT_AS, (least, least))
    with pytest.raises(Invalid) as refusal:
        list(reader.chunks(manual(tmp_path, 10 * PARTS), "manual.md"))
    assert refusal.value.code == "file_too_large"
    assert list(reader.chunks(SAMPLE, SAMPLE.name))


def test_memory_has_a_limit(reading: Reading) -> None:
    assert resource.prlimit(reading.child.pid, resource.RLIMIT_AS) == (MEMORY_BYTES, MEMORY_BYTES)


def test_a_file_that_takes_for_ever(long_file: Path) -> None:
    reader = Reader(silent_s=5)
    reading = Reading(reader, long_file)
    reading.child.suspend()
    with pytest.raises(Invalid) as refusal:
        reading.rest()
    assert refusal.value.code == "file_too_large"
    wait_for(reading.is_over, what="the end of the process")
    assert list(reader.chunks(SAMPLE, SAMPLE.name))
    reader.close()


@pytest.mark.parametrize("whose", ["server", "child"])
def test_a_process_that_somebody_kills_is_not_the_files_fault(reader: Reader, reading: Reading, whose: str) -> None:
    getattr(reading, whose).kill()
    with pytest.raises(ReadingFailed):
        reading.rest()
    wait_for(lambda: not reading.child.is_running(), what="the end of the child")
    assert list(reader.chunks(SAMPLE, SAMPLE.name))


def test_who_wants_no_more_leaves_nothing_behind(reader: Reader, reading: Reading) -> None:
    reading.chunks.close()
    wait_for(reading.is_over, what="the end of the process")
    assert list(reader.chunks(SAMPLE, SAMPLE.name))


def test_it_ends_with_whoever_asked(long_file: Path) -> None:
    program = f"""
        import sys
        from pathlib import Path
        from frontdesk.knowledge.apart import Reader
        chunks = Reader().chunks(Path({str(long_file)!r}), "manual.md")
        next(chunks)
        print("reading", flush=True)
        sys.stdin.read()
    """
    asking = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert asking.stdout is not None
    assert asking.stdout.readline() == b"reading\n"
    processes = psutil.Process(asking.pid).children(recursive=True)
    assert len(processes) == 2
    asking.kill()
    asking.wait()
    wait_for(lambda: not any(process.is_running() for process in processes), what="the end of all")


def test_it_knows_no_secrets_and_is_confined(
    reader: Reader, long_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_SECRET_KEY", "a secret")
    reading = Reading(reader, long_file)
    for process in (reading.server, reading.child):
        assert not [name for name in process.environ() if name.startswith("FRONTDESK_")]
    status = Path(f"/proc/{reading.child.pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status


def test_the_confined_reach_nobody_and_neither_do_their_children(tmp_path: Path) -> None:
    program = """
        import socket, subprocess, sys
        from frontdesk.knowledge.apart.confinement import confine

        def tries(kind):
            try:
                socket.socket(kind).close()
            except PermissionError:
                return "refused"
            return "allowed"

        kinds = (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX)
        before = [tries(kind) for kind in kinds]
        confine()
        child = "import socket; socket.socket(socket.AF_INET)"
        code = subprocess.run([sys.executable, "-c", child], stderr=subprocess.DEVNULL).returncode
        print(*before, *(tries(kind) for kind in kinds), code)
        bytes(3 * 1024**3)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["allowed"] * 3 + ["refused"] * 3 + ["1"], done.stderr
    assert done.stderr.strip().endswith("MemoryError")


def test_the_command_shows_what_would_be_stored(tmp_path: Path) -> None:
    done = subprocess.run([FRONTDESK, "parse", str(SAMPLE)], capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    expected = [
        {"heading": found.heading, "location": found.location.as_json(), "text": found.text}
        for found in chunk(parse(SAMPLE, SAMPLE.name))
    ]
    assert told == expected
    empty = tmp_path / "empty.pdf"
    empty.touch()
    done = subprocess.run([FRONTDESK, "parse", str(empty)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("frontdesk: This file is empty")
    assert len(done.stderr.splitlines()) == 1
