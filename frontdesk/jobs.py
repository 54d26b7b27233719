"""Background jobs by name. Asking is a hint: what is owed stands in PostgreSQL, and a sweep finds what got lost."""

import logging
import uuid
from enum import StrEnum

from celery import Celery
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


class Job(StrEnum):
    """What the worker can be asked for."""

    INDEX_DOCUMENT = "knowledge.index_document"
    INDEX_ENTRIES = "knowledge.index_entries"
    REBUILD = "knowledge.rebuild"
    READ_FEED = "knowledge.read_feed"
    MEASURE = "knowledge.measure"
    CALIBRATE = "evaluation.calibrate"
    WATCH = "evaluation.watch"
    TRIAGE = "triage.read_owed"
    LEARN_TOPICS = "triage.learn"
    PRUNE = "knowledge.prune"
    RUN_QUESTIONS = "evaluation.run_questions"
    ROUNDS = "handoffs.rounds"
    GATHER = "growth.gather"
    PROVE = "growth.prove"
    SWEEP = "knowledge.sweep"


def make_celery(redis_url: str) -> Celery:
    """The Celery application, the same for those who ask and those who work."""
    app = Celery("frontdesk", broker=redis_url)
    app.conf.update(
        task_ignore_result=True,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "retry_policy": {"max_retries": 0},
            "visibility_timeout": 3600,
        },
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        timezone="UTC",
    )
    return app


class Jobs:
    """Asks the worker; call only after the commit of what the job will read."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery

    def enqueue(self, job: Job, *, expires: float | None = None, **ids: uuid.UUID) -> None:
        """Ask for a job, which is forgotten after `expires` seconds in the queue. A Redis that does not take it
        is no error: the sweep will ask again."""
        arguments = {name: str(value) for name, value in ids.items()}
        try:
            self._celery.send_task(job, kwargs=arguments, retry=False, ignore_result=True, expires=expires)
        except (OperationalError, OSError) as error:
            log.warning("Redis does not take jobs, %s is left to the sweep: %s", job, error)
