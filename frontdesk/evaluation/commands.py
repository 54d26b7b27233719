"""What an operator asks of question sets, replays and stored decisions at the command line, as JSON."""

import json
import sys
import time
import uuid
from collections.abc import Mapping
from typing import Any

from frontdesk.confidence.models import Calibration
from frontdesk.errors import NotFound, Unavailable
from frontdesk.evaluation.calibrating import Calibrating
from frontdesk.evaluation.models import AFFECTED, Outcome, QuestionSet, Run, RunStatus
from frontdesk.evaluation.reruns import Rerun
from frontdesk.evaluation.running import Running
from frontdesk.evaluation.runs import Runs
from frontdesk.evaluation.sets import QuestionSets

LOOK_SECONDS = 0.5
OUTCOMES_AT_ONCE = 200


def set_named(sets: QuestionSets, knowledge_base_id: uuid.UUID, name: str) -> QuestionSet:
    """The set of this name; raises NotFound."""
    found = {one.question_set.name: one.question_set for one in sets.sets(knowledge_base_id)}
    if name not in found:
        raise NotFound(f"There is no question set {name!r}, but there are: {', '.join(found)}.")
    return found[name]


def see_through(runs: Runs, running: Running, run: Run) -> Run:
    """Do a run here, or wait for the worker that has taken it; raises Unavailable when it came to nothing."""
    while (run := runs.run(run.id).run).is_running:
        if not running.work(run.id):
            time.sleep(LOOK_SECONDS)
        sys.stderr.write(f"\r{run.done} of {run.total}")
    sys.stderr.write(f"\r{run.done} of {run.total}\n")
    if run.status is not RunStatus.DONE:
        raise Unavailable(run.error_message or "The run was stopped.")
    return run


def show_run(run: Run) -> None:
    """Its figures."""
    _print({"run": str(run.id), "version": run.version, "before": run.before, **run.figures})


def show_affected(runs: Runs, run: Run) -> None:
    """The figures of a replay, and a line for each question of which something else comes."""
    show_run(run)
    offset = 0
    while outcomes := runs.outcomes(run.id, AFFECTED, offset, OUTCOMES_AT_ONCE)[0]:
        offset += len(outcomes)
        for outcome in outcomes:
            _print(_affected(outcome))


def calibrate(calibrating: Calibrating, knowledge_base_id: uuid.UUID) -> Calibration:
    """Calibrate here, after the worker if that is at it. Raises NotFound, Unavailable."""
    while (made := calibrating.calibrate(knowledge_base_id)) is None:
        time.sleep(LOOK_SECONDS)
    return made


def show_calibration(calibration: Calibration) -> None:
    """What a knowledge base was calibrated to, by basis."""
    told = {name: getattr(calibration, name) for name in ("error", "outside", "share", "held_out", "labelled")}
    for by, fitted in calibration.fitted.items():
        _print({"basis": by, **told, **{name: value for name, value in fitted.items() if name != "model"}})


def show_rerun(rerun: Rerun) -> None:
    """How many decisions came out the same, and a line for each of the first that did not."""
    _print(
        {
            "asked": rerun.asked,
            "identical": rerun.identical,
            "different": rerun.causes.total(),
            "causes": rerun.causes,
            "left_out": rerun.left_out,
        }
    )
    for one in rerun.different:
        query = one.decision.record["query"]
        _print({"decision": str(one.decision.id), "query": query, "parts": one.parts, "cause": one.cause})


def _affected(outcome: Outcome) -> Mapping[str, Any]:
    sides = {"before": outcome.before or {}, "after": outcome.after or {}}
    told = {name: {key: side.get(key) for key in ("outcome", "text")} for name, side in sides.items()}
    return {"question": outcome.question, "result": outcome.result, **told}


def _print(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
