"""kill -9 of the worker in the middle of a run of questions: another one goes on where it stood."""

import os
import signal
import uuid
from pathlib import Path

import pytest
from sqlalchemy import update

from frontdesk.answering.rehearsals import Tried
from frontdesk.bootstrap import Frontdesk
from frontdesk.database import now
from frontdesk.evaluation.models import Result, Run, RunStatus
from frontdesk.jobs import Job, Jobs, make_celery
from frontdesk.settings import Settings
from tests.conftest import running_worker
from tests.waiting import wait_for

QUESTIONS = 600


@pytest.mark.usefixtures("entries")
def test_a_killed_workers_run_is_finished_by_the_next(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, settings: Settings, tmp_path: Path
) -> None:
    lines = "".join(f"股票代码是多少{number},yes\n" for number in range(QUESTIONS))
    (tmp_path / "questions.csv").write_text(f"question,handoff\n{lines}", "utf-8")
    owner = frontdesk.question_sets.create(knowledge_base_id, "Many")
    frontdesk.set_files.take(owner.id, tmp_path / "questions.csv", "questions.csv")
    run_id = frontdesk.runs.start(owner.id, Tried.PUBLISHED).id

    def run() -> Run:
        return frontdesk.runs.run(run_id).run

    with running_worker(settings, tmp_path) as worker:
        wait_for(lambda: run().done > 0, 60, "the first questions")
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)
    asked = run().done
    assert run().status is RunStatus.WORKING
    with frontdesk.sessions.begin() as session:
        session.execute(update(Run).values(job_until=now()))
    Jobs(make_celery(settings.redis_url)).enqueue(Job.SWEEP)
    with running_worker(settings, tmp_path):
        wait_for(lambda: run().status is RunStatus.DONE, 120, "the end of the run")
    assert 0 < asked <= run().done == run().total == QUESTIONS
    assert run().figures[Result.HANDED_OVER] == QUESTIONS
