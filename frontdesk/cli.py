"""`frontdesk`: what an operator does at the command line."""

import argparse
import json
import logging
import os
import sys
import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

from alembic import command
from alembic.config import Config
from pydantic import ValidationError

from frontdesk import bootstrap, sample
from frontdesk.answering.rehearsals import Tried
from frontdesk.bootstrap import Frontdesk
from frontdesk.confidence.targets import Target
from frontdesk.errors import DomainError, Invalid, NotFound
from frontdesk.evaluation import commands as quality
from frontdesk.evaluation import questions, report
from frontdesk.knowledge.apart import Reader, ReadingFailed
from frontdesk.knowledge.entry_files.writing import FileFormat
from frontdesk.knowledge.parsing import Picture
from frontdesk.language import Language
from frontdesk.reports.filters import Filters
from frontdesk.settings import Settings

log = logging.getLogger(__name__)

FIRST_KNOWLEDGE_BASE = "Knowledge"
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def main() -> None:
    """Run one command; what goes wrong is one line on standard error and exit code 1."""
    parser = argparse.ArgumentParser(prog="frontdesk", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="bring the database to the newest schema")
    loading = commands.add_parser("load-sample", help="fill an empty knowledge base with the sample shop")
    loading.add_argument("--wait", type=float, default=0, metavar="SECONDS", help="for the worker to index it")
    commands.add_parser("reindex", help="rebuild Milvus from PostgreSQL, beside the old index, then switch")
    evaluating = commands.add_parser(
        "evaluate",
        help="ask sets of questions, and measure what is found: JSON on standard output, a table on standard error",
    )
    evaluating.add_argument(
        "folders", nargs="+", type=Path, metavar="FOLDER", help="one with corpus.jsonl and queries.jsonl"
    )
    calibrating = commands.add_parser(
        "calibrate",
        help="from which confidence on the error is promised: of a knowledge base, or tried on sets of questions",
    )
    calibrating.add_argument(
        "folders", nargs="*", type=Path, metavar="FOLDER", help="one with corpus.jsonl and queries.jsonl"
    )
    calibrating.add_argument("--base", metavar="NAME", help="a knowledge base, by its question sets and wordings")
    calibrating.add_argument("--error", type=float, metavar="SHARE", help="of the answers that may be wrong")
    calibrating.add_argument("--outside", type=float, metavar="SHARE", help="of questions that nothing answers")
    calibrating.add_argument(
        "--part",
        nargs="*",
        type=_part,
        metavar="NAME=SHARE",
        help="with --base: of the answers of parts, as language:zh=0.03 tag:returns=0.01; of none without any",
    )
    parsing = commands.add_parser(
        "parse", help="show what would be stored of a file, a line of JSON for each chunk with its pictures' sizes"
    )
    parsing.add_argument("file", type=Path, metavar="FILE")
    entries = commands.add_parser("entries", help="a knowledge base's questions and answers, as a file")
    ways = entries.add_subparsers(dest="way", required=True)
    exporting = ways.add_parser("export", help="write all of them to standard output")
    exporting.add_argument("--format", type=FileFormat, choices=list(FileFormat), default=FileFormat.CSV)
    importing = ways.add_parser("import", help="add those of a file, and change those that it names by their id")
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.add_argument("--skip-bad-rows", action="store_true", help="import the others all the same")
    for way in (exporting, importing):
        way.add_argument("--base", required=True, metavar="NAME", help="of the knowledge base")
    _add_conversations(commands)
    _add_quality(commands)
    admin = commands.add_parser(
        "create-admin",
        help="create the first administrator; the password comes from FRONTDESK_ADMIN_PASSWORD",
    )
    admin.add_argument("--email", required=True)
    arguments = parser.parse_args()
    try:
        if arguments.command == "parse":
            _parse(arguments.file)
            return
        settings = Settings()
        if arguments.command == "migrate":
            migrate(settings)
            return
        bootstrap.prepare(settings)
        frontdesk = bootstrap.build(settings)
        match arguments.command:
            case "load-sample":
                print("Sample shop loaded." if sample.load(frontdesk) else "There is knowledge already.")
                sample.wait_until_indexed(frontdesk, arguments.wait)
            case "reindex":
                _reindex(frontdesk)
            case "evaluate":
                _evaluate(frontdesk, arguments.folders)
            case "calibrate":
                _calibrate(frontdesk, arguments)
            case "entries" if arguments.way == "export":
                _export_entries(frontdesk, arguments.base, arguments.format)
            case "entries":
                _import_entries(frontdesk, arguments.base, arguments.file, arguments.skip_bad_rows)
            case "conversations":
                _export_conversations(frontdesk, arguments)
            case "questions" | "replay":
                _quality(frontdesk, arguments)
            case "create-admin":
                _create_admin(frontdesk, arguments.email)
        frontdesk.close()
    except DomainError as error:
        sys.exit(f"frontdesk: {error.message}")
    except ValidationError as error:
        sys.exit("\n".join(f"FRONTDESK_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()))


def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema, with a web inbox, its knowledge base and a team in it.

    Several programs may try at once.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database_url"] = settings.database_url
    command.upgrade(config, "head")
    frontdesk = bootstrap.build(settings)
    try:
        frontdesk.inboxes.get("web")
    except NotFound:
        frontdesk.inboxes.ensure("web", frontdesk.knowledge.create_base(FIRST_KNOWLEDGE_BASE).id)
    frontdesk.teams.ensure_default()
    frontdesk.close()


def _reindex(frontdesk: Frontdesk) -> None:
    for found in frontdesk.knowledge.bases():
        base = found.knowledge_base
        frontdesk.rebuilding.rebuild(base.id, lambda count: print(".", end="", flush=True))
        print(f" {base.name}: {base.passages} passages")


def _parse(path: Path) -> None:
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    reader = Reader()
    try:
        # Pictures come last, and a line tells of those that belong to its chunk.
        chunks, pictures = [], {}
        for found in reader.chunks_and_pictures(path, path.name):
            if isinstance(found, Picture):
                size = {"width": found.width, "height": found.height, "bytes": len(found.content)}
                pictures[found.digest] = size
            else:
                chunks.append(found)
        for one in chunks:
            told = {"heading": one.heading, "location": one.location.as_json(), "text": one.text}
            sizes = [pictures[digest] for digest in one.pictures if digest in pictures]
            print(json.dumps(told | ({"pictures": sizes} if sizes else {}), ensure_ascii=False))
    except ReadingFailed as error:
        sys.exit(f"frontdesk: {error}")
    finally:
        reader.close()


def _evaluate(frontdesk: Frontdesk, folders: Sequence[Path]) -> None:
    sets = [questions.read(folder) for folder in folders]
    measured = []
    for one in sets:
        measured.append(frontdesk.evaluation.evaluate(one, report.Progress(one.name)))
        print(json.dumps(asdict(measured[-1]), ensure_ascii=False), flush=True)
    print(report.table(measured), file=sys.stderr)


def _calibrate(frontdesk: Frontdesk, arguments: argparse.Namespace) -> None:
    if not (arguments.base or arguments.folders):
        raise Invalid("Name a knowledge base with --base, or folders of questions.")
    shares = {"error": arguments.error, "outside": arguments.outside}
    given = {name: share for name, share in shares.items() if share is not None}
    if arguments.base:
        base = _base_named(frontdesk, arguments.base)
        if given or arguments.part is not None:
            before = frontdesk.calibrations.standing(base).target
            parts = before.parts if arguments.part is None else dict(arguments.part)
            frontdesk.calibrations.aim(base, replace(before, parts=parts, **given))
        quality.show_calibration(quality.calibrate(frontdesk.calibrating, base))
    found = []
    for one in map(questions.read, arguments.folders):
        found.append(frontdesk.evaluation.calibrate(one, Target(**given), report.Progress(one.name)))
        print(json.dumps(asdict(found[-1]), ensure_ascii=False), flush=True)
    if found:
        print(report.calibration_table(found), file=sys.stderr)


def _part(text: str) -> tuple[str, float]:
    name, _, share = text.rpartition("=")
    return name, float(share)


def _export_entries(frontdesk: Frontdesk, base: str, file_format: FileFormat) -> None:
    for piece in frontdesk.entry_files.give(_base_named(frontdesk, base), file_format):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _import_entries(frontdesk: Frontdesk, base: str, path: Path, skip_bad_rows: bool) -> None:
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    knowledge_base_id = _base_named(frontdesk, base)
    report = frontdesk.entry_files.take(knowledge_base_id, path, path.name, skip_bad_rows=skip_bad_rows)
    for refusal in report.refused:
        print(refusal.message, file=sys.stderr)
    counts = f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged"
    print(f"{counts}, {report.refusals} refused.")


def _add_conversations(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    conversations = commands.add_parser("conversations", help="what was said, and what came of it, as a file")
    exporting = conversations.add_subparsers(dest="way", required=True).add_parser(
        "export",
        help="to standard output: a table (csv), or accepted answers to fine-tune a chat model with, without "
        "personal data (jsonl)",
    )
    formats = [FileFormat.CSV, FileFormat.JSONL]
    exporting.add_argument("--format", type=FileFormat, choices=formats, default=FileFormat.CSV)
    exporting.add_argument("--first", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    exporting.add_argument("--last", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    exporting.add_argument("--zone", default="UTC", help="the time zone of these days, such as Asia/Shanghai")
    exporting.add_argument("--language", type=Language, choices=list(Language))


def _export_conversations(frontdesk: Frontdesk, arguments: argparse.Namespace) -> None:
    filters = Filters(arguments.first, arguments.last, arguments.zone, language=arguments.language)
    is_table = arguments.format is FileFormat.CSV
    for piece in frontdesk.exports.table(filters) if is_table else frontdesk.exports.exchanges(filters):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _add_quality(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    questions_ = commands.add_parser("questions", help="a knowledge base's question sets")
    ways = questions_.add_subparsers(dest="way", required=True)
    exporting = ways.add_parser("export", help="write a set to standard output")
    exporting.add_argument("--format", type=FileFormat, choices=list(FileFormat), default=FileFormat.CSV)
    importing = ways.add_parser("import", help="add the questions of a file to a set, which is made if need be")
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.add_argument("--skip-bad-rows", action="store_true", help="import the others all the same")
    asking = ways.add_parser("ask", help="put a set to what is published: figures as JSON")
    asking.add_argument("--draft", action="store_true", help="to the draft instead")
    asking.add_argument("--with-model", action="store_true", help="have replies generated, which takes seconds")
    for way in (exporting, importing, asking):
        way.add_argument("--base", required=True, metavar="NAME", help="of the knowledge base")
        way.add_argument("--set", required=True, metavar="NAME", help="of the question set")
    replaying = commands.add_parser("replay", help="what contacts asked, once more: JSON on standard output")
    ways = replaying.add_subparsers(dest="way", required=True)
    draft = ways.add_parser("draft", help="put it to what is published and to the draft, and list what differs")
    draft.add_argument("--base", required=True, metavar="NAME", help="of the knowledge base")
    decisions = ways.add_parser(
        "decisions", help="decide it again from the versions of then, and count what comes out the same"
    )
    decisions.add_argument("--base", metavar="NAME", help="of one knowledge base only")
    for way in (draft, decisions):
        way.add_argument("--most", type=int, default=1000, metavar="COUNT", help="the newest so many")


def _quality(frontdesk: Frontdesk, arguments: argparse.Namespace) -> None:
    base = _base_named(frontdesk, arguments.base) if arguments.base else None
    sets, runs, running = frontdesk.question_sets, frontdesk.runs, frontdesk.running
    match arguments.command, arguments.way, base:
        case "replay", "decisions", _:
            quality.show_rerun(frontdesk.reruns.rerun(arguments.most, base))
        case "replay", _, uuid.UUID():
            replayed = quality.see_through(runs, running, runs.replay(base, arguments.most))
            quality.show_affected(runs, replayed)
        case _, "export", uuid.UUID():
            for piece in frontdesk.set_files.give(
                quality.set_named(sets, base, arguments.set).id, arguments.format
            ):
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
        case _, "ask", uuid.UUID():
            tried = Tried.DRAFT if arguments.draft else Tried.PUBLISHED
            asked = quality.set_named(sets, base, arguments.set).id
            started = runs.start(asked, tried, with_model=arguments.with_model)
            quality.show_run(quality.see_through(runs, running, started))
        case _, _, uuid.UUID():
            _import_questions(frontdesk, base, arguments)


def _import_questions(frontdesk: Frontdesk, base: uuid.UUID, arguments: argparse.Namespace) -> None:
    path: Path = arguments.file
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    try:
        question_set = quality.set_named(frontdesk.question_sets, base, arguments.set)
    except NotFound:
        question_set = frontdesk.question_sets.create(base, arguments.set)
    report = frontdesk.set_files.take(question_set.id, path, path.name, skip_bad_rows=arguments.skip_bad_rows)
    for refusal in report.refused:
        print(refusal.message, file=sys.stderr)
    print(f"{report.added} added, {report.changed} changed, {report.refusals} refused.")


def _base_named(frontdesk: Frontdesk, name: str) -> uuid.UUID:
    bases = {found.knowledge_base.name: found.knowledge_base.id for found in frontdesk.knowledge.bases()}
    if name not in bases:
        raise NotFound(f"There is no knowledge base {name!r}, but there are: {', '.join(bases)}.")
    return bases[name]


def _create_admin(frontdesk: Frontdesk, email: str) -> None:
    password = os.environ.get("FRONTDESK_ADMIN_PASSWORD", "")
    agent = frontdesk.agents.create_first_admin(email, password)
    print(f"Administrator {agent.email} created." if agent else "There is an administrator already.")
