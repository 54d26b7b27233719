"""`celery -A services.worker.app worker --beat`: the tasks, each of which may run twice, and the sweep."""

import gc
import logging
import uuid

from celery.signals import worker_init, worker_process_init

from frontdesk import bootstrap
from frontdesk.bootstrap import Frontdesk
from frontdesk.errors import DomainError, NotFound, Unavailable
from frontdesk.jobs import Job, Jobs, make_celery
from frontdesk.settings import Settings

log = logging.getLogger(__name__)

SWEEP_SECONDS = 10.0
ROUNDS_SECONDS = 5.0
SHIFT_SECONDS = 30.0
PRUNE_SECONDS = 3600.0
WATCH_SECONDS = 3600.0
TRIAGE_SECONDS = 2.0
LONGEST_JOB_SECONDS = 3600

settings = Settings()
app = make_celery(settings.redis_url)
app.conf.update(
    worker_concurrency=settings.worker_processes,
    task_time_limit=LONGEST_JOB_SECONDS,
    worker_max_tasks_per_child=200,
    beat_schedule={
        "sweep": {"task": Job.SWEEP, "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
        "rounds": {"task": Job.ROUNDS, "schedule": ROUNDS_SECONDS, "options": {"expires": ROUNDS_SECONDS}},
        "triage": {"task": Job.TRIAGE, "schedule": TRIAGE_SECONDS, "options": {"expires": TRIAGE_SECONDS}},
        "watch": {"task": Job.WATCH, "schedule": WATCH_SECONDS, "options": {"expires": WATCH_SECONDS}},
        "prune": {"task": Job.PRUNE, "schedule": PRUNE_SECONDS, "options": {"expires": PRUNE_SECONDS}},
    },
)
_frontdesk: Frontdesk | None = None


@worker_init.connect
def prepare(**_: object) -> None:
    """What child processes share: a dictionary and the programs take more memory than all that is their own."""
    bootstrap.prepare(settings)
    gc.freeze()  # a child that looked through them for garbage would get a copy of its own


@worker_process_init.connect
def plug_together(**_: object) -> None:
    """Every child process has connections of its own: they do not survive a fork."""
    global _frontdesk
    _frontdesk = bootstrap.build(settings)


def frontdesk() -> Frontdesk:
    """This process' Frontdesk."""
    if _frontdesk is None:
        raise RuntimeError("Tasks run in the worker's child processes only.")
    return _frontdesk


@app.task(name=Job.INDEX_DOCUMENT)
def index_document(document_id: str) -> None:
    """Do a shift of what a document owes, and ask for the next: other uploads have their turn between."""
    document = uuid.UUID(document_id)
    if frontdesk().indexing.index_document(document, SHIFT_SECONDS):
        Jobs(app).enqueue(Job.INDEX_DOCUMENT, expires=SWEEP_SECONDS, document_id=document)


@app.task(name=Job.INDEX_ENTRIES)
def index_entries(knowledge_base_id: str) -> None:
    """Do a shift of what entries of a knowledge base owe, and ask for the next."""
    knowledge_base = uuid.UUID(knowledge_base_id)
    if frontdesk().indexing.index_entries(knowledge_base, SHIFT_SECONDS):
        Jobs(app).enqueue(Job.INDEX_ENTRIES, expires=SWEEP_SECONDS, knowledge_base_id=knowledge_base)


@app.task(name=Job.REBUILD)
def rebuild(knowledge_base_id: str) -> None:
    """Do a shift of what an index owes, and ask for the next: documents have their turn between."""
    if frontdesk().rebuilding.work(uuid.UUID(knowledge_base_id)):
        Jobs(app).enqueue(Job.REBUILD, expires=SWEEP_SECONDS, knowledge_base_id=uuid.UUID(knowledge_base_id))


@app.task(name=Job.MEASURE)
def measure(knowledge_base_id: str) -> None:
    """Measure how a knowledge base's vectors spread and how far they can be believed."""
    frontdesk().geometries.measure(uuid.UUID(knowledge_base_id))


@app.task(name=Job.PRUNE)
def prune() -> None:
    """Clear away what no version needs that is kept, and files that no message names."""
    frontdesk().pruning.prune()
    frontdesk().attachments.clear()


@app.task(name=Job.READ_FEED)
def read_feed(feed_id: str) -> None:
    """Do a shift at a website or a query, and ask for the next."""
    if frontdesk().feed_reading.work(uuid.UUID(feed_id)):
        Jobs(app).enqueue(Job.READ_FEED, expires=SWEEP_SECONDS, feed_id=uuid.UUID(feed_id))


@app.task(name=Job.RUN_QUESTIONS)
def run_questions(run_id: str) -> None:
    """Do a shift at a run of questions, and ask for the next: documents have their turn between."""
    if frontdesk().running.work(uuid.UUID(run_id)):
        Jobs(app).enqueue(Job.RUN_QUESTIONS, expires=SWEEP_SECONDS, run_id=uuid.UUID(run_id))


@app.task(name=Job.CALIBRATE)
def calibrate(knowledge_base_id: str) -> None:
    """Calibrate how sure a knowledge base has to be to answer."""
    try:
        frontdesk().calibrating.calibrate(uuid.UUID(knowledge_base_id))
    except (NotFound, Unavailable) as error:
        log.info("The knowledge base %s was not calibrated: %s", knowledge_base_id, error)


@app.task(name=Job.GATHER)
def gather() -> None:
    """Gather what could not be answered, and ask for more: documents have their turn between."""
    if frontdesk().gathering.gather():
        Jobs(app).enqueue(Job.GATHER, expires=SWEEP_SECONDS)


@app.task(name=Job.PROVE)
def prove(draft_id: str) -> None:
    """Ask what would come of a drafted entry."""
    try:
        frontdesk().proving.prove(uuid.UUID(draft_id))
    except DomainError as error:
        log.info("The draft %s was not proved: %s", draft_id, error)


@app.task(name=Job.WATCH)
def watch() -> None:
    """Calibrate anew what is asked other questions than it was calibrated for."""
    for knowledge_base_id in frontdesk().calibrating.drifted():
        Jobs(app).enqueue(Job.CALIBRATE, expires=WATCH_SECONDS, knowledge_base_id=knowledge_base_id)


@app.task(name=Job.ROUNDS)
def rounds() -> None:
    """Look after the queue of the desk."""
    frontdesk().rounds.go()


@app.task(name=Job.TRIAGE)
def triage() -> None:
    """Read what was written since, of conversations with people, too."""
    frontdesk().triaging.read_owed()


@app.task(name=Job.LEARN_TOPICS)
def learn_topics() -> None:
    """Learn topics from their examples."""
    frontdesk().learning.learn()


@app.task(name=Job.SWEEP)
def sweep() -> None:
    """Ask again for what is owed and nobody is doing: requests that got lost, jobs that died."""
    jobs = Jobs(app)
    frontdesk().knowledge.expire()
    documents, knowledge_bases = frontdesk().indexing.owing()
    for document_id in documents:
        jobs.enqueue(Job.INDEX_DOCUMENT, expires=SWEEP_SECONDS, document_id=document_id)
    for knowledge_base_id in knowledge_bases:
        jobs.enqueue(Job.INDEX_ENTRIES, expires=SWEEP_SECONDS, knowledge_base_id=knowledge_base_id)
    for knowledge_base_id in frontdesk().rebuilding.owing():
        jobs.enqueue(Job.REBUILD, expires=SWEEP_SECONDS, knowledge_base_id=knowledge_base_id)
    for feed_id in frontdesk().feed_reading.owing():
        jobs.enqueue(Job.READ_FEED, expires=SWEEP_SECONDS, feed_id=feed_id)
    for knowledge_base_id in frontdesk().geometries.owing():
        jobs.enqueue(Job.MEASURE, expires=SWEEP_SECONDS, knowledge_base_id=knowledge_base_id)
    for knowledge_base_id in frontdesk().calibrating.owing():
        jobs.enqueue(Job.CALIBRATE, expires=SWEEP_SECONDS, knowledge_base_id=knowledge_base_id)
    for run_id in frontdesk().running.owing():
        jobs.enqueue(Job.RUN_QUESTIONS, expires=SWEEP_SECONDS, run_id=run_id)
    if frontdesk().learning.owes():
        jobs.enqueue(Job.LEARN_TOPICS, expires=SWEEP_SECONDS)
    jobs.enqueue(Job.GATHER, expires=SWEEP_SECONDS)
    frontdesk().drafts.settle()
    for draft_id in frontdesk().proving.owing():
        jobs.enqueue(Job.PROVE, expires=SWEEP_SECONDS, draft_id=draft_id)
