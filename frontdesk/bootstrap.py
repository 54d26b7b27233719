"""The one place where things are plugged together: Settings in, Frontdesk out."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import jieba
from sqlalchemy import Engine

# Foreign keys lead to tables of rooms that a process may not use: all have to be known before one is written to.
import frontdesk.tables  # noqa: F401
from frontdesk.agents import Agents
from frontdesk.answering.confidence import Judge
from frontdesk.answering.rehearsals import Rehearsals
from frontdesk.answering.responding import Responder
from frontdesk.answering.service import Assistant
from frontdesk.answering.suggesting import Suggesting
from frontdesk.answering.summarizing import Summarizing
from frontdesk.attachments.service import Attachments
from frontdesk.canned.service import CannedResponses
from frontdesk.contacts import ContactTokens
from frontdesk.conversations.inboxes import Inboxes
from frontdesk.conversations.service import Conversations
from frontdesk.database import Sessions, make_engine, make_sessions
from frontdesk.evaluation.asking import Asking
from frontdesk.evaluation.calibrating import Calibrating
from frontdesk.evaluation.calibration_asking import CalibrationAsking
from frontdesk.evaluation.calibrations import Calibrations
from frontdesk.evaluation.reruns import Reruns
from frontdesk.evaluation.running import Running
from frontdesk.evaluation.runs import Runs
from frontdesk.evaluation.service import Evaluation
from frontdesk.evaluation.set_files import SetFiles
from frontdesk.evaluation.sets import QuestionSets
from frontdesk.events import Events
from frontdesk.feedback import Surveys
from frontdesk.growth.drafting import Drafting
from frontdesk.growth.drafts import Drafts
from frontdesk.growth.gaps import Gaps
from frontdesk.growth.gathering import Gathering
from frontdesk.growth.neighbours import Neighbours
from frontdesk.growth.proving import Proving
from frontdesk.handoffs.load import Supervision
from frontdesk.handoffs.reaching import Reaching
from frontdesk.handoffs.rounds import Rounds
from frontdesk.handoffs.service import Desk
from frontdesk.handoffs.signs import Signs
from frontdesk.health import Health
from frontdesk.jobs import Jobs, make_celery
from frontdesk.knowledge.access import Access
from frontdesk.knowledge.bases import Bases
from frontdesk.knowledge.collections import Collections
from frontdesk.knowledge.duplicates.service import Duplicates
from frontdesk.knowledge.editions import Editions
from frontdesk.knowledge.embeddings import Embeddings
from frontdesk.knowledge.entry_files.service import EntryFiles
from frontdesk.knowledge.feeds import FeedReading, Feeds, open_feeds
from frontdesk.knowledge.geometry import Geometries
from frontdesk.knowledge.in_memory import InMemory
from frontdesk.knowledge.in_milvus import InMilvus
from frontdesk.knowledge.index import Index
from frontdesk.knowledge.indexing import Indexing
from frontdesk.knowledge.kept_indexes import KeptIndexes
from frontdesk.knowledge.passages import Passages
from frontdesk.knowledge.pictures.service import Pictures
from frontdesk.knowledge.preview import Preview
from frontdesk.knowledge.pruning import Pruning
from frontdesk.knowledge.rebuilding import Rebuilding
from frontdesk.knowledge.retrieval import Retrieval
from frontdesk.knowledge.service import Knowledge
from frontdesk.models_client import make_chat_model, make_embedder, make_reranker
from frontdesk.reports.exports import Exports
from frontdesk.reports.service import Reports
from frontdesk.settings import Settings
from frontdesk.teams.service import Teams
from frontdesk.triage.heads import Heads
from frontdesk.triage.learning import Learning
from frontdesk.triage.service import Triaging
from frontdesk.triage.topics import Topics
from frontdesk.widget.service import Widgets


@dataclass(frozen=True, slots=True)
class Frontdesk:
    """Everything the doors need, built once per process."""

    settings: Settings
    engine: Engine
    quick_engine: Engine
    sessions: Sessions
    events: Events
    agents: Agents
    teams: Teams
    contact_tokens: ContactTokens
    inboxes: Inboxes
    conversations: Conversations
    attachments: Attachments
    widgets: Widgets
    desk: Desk
    reaching: Reaching
    rounds: Rounds
    canned: CannedResponses
    signs: Signs
    supervision: Supervision
    surveys: Surveys
    access: Access
    bases: Bases
    knowledge: Knowledge
    entry_files: EntryFiles
    indexing: Indexing
    rebuilding: Rebuilding
    geometries: Geometries
    editions: Editions
    pruning: Pruning
    feeds: Feeds
    feed_reading: FeedReading
    retrieval: Retrieval
    passages: Passages
    pictures: Pictures
    preview: Preview
    duplicates: Duplicates
    topics: Topics
    learning: Learning
    triaging: Triaging
    assistant: Assistant
    rehearsals: Rehearsals
    suggesting: Suggesting
    summarizing: Summarizing
    evaluation: Evaluation
    question_sets: QuestionSets
    set_files: SetFiles
    runs: Runs
    running: Running
    reruns: Reruns
    calibrations: Calibrations
    calibrating: Calibrating
    reports: Reports
    exports: Exports
    gathering: Gathering
    gaps: Gaps
    drafting: Drafting
    drafts: Drafts
    neighbours: Neighbours
    proving: Proving
    health: Health

    def close(self) -> None:
        """Give every connection back."""
        self.health.stop()
        self.indexing.close()
        self.preview.close()
        self.summarizing.close()
        self.attachments.close()
        self.events.close()
        self.engine.dispose()
        self.quick_engine.dispose()


def build(settings: Settings) -> Frontdesk:
    """Plug the parts together; nothing is connected before it is used."""
    secret_key = settings.secret_key.get_secret_value()
    engine = make_engine(settings.database_url, pool_size=settings.turn_threads + 8)
    sessions = make_sessions(engine)
    events = Events(settings.redis_url)
    index = Index(settings.milvus_uri)
    embedder = make_embedder(settings)
    chat_model = make_chat_model(settings)
    embeddings = Embeddings(sessions, embedder)
    collections = Collections(sessions, index, embeddings)
    # A question is one statement after the other; a transaction around each would cost as much as the statement.
    quick_engine = make_engine(settings.database_url, pool_size=settings.turn_threads, quick=True)
    asking = make_sessions(quick_engine)
    retrieval = Retrieval(
        asking,
        embeddings,
        small=InMemory(sessions, embeddings),
        large=InMilvus(sessions, index, embeddings),
        memory_passages=settings.memory_passages,
        reranker=make_reranker(settings),
    )
    judge = Judge(asking)
    responder = Responder(judge, chat_model)
    geometries = Geometries(sessions, embeddings)
    jobs = Jobs(make_celery(settings.redis_url))
    knowledge = Knowledge(sessions, jobs, settings.files_dir, settings.answer_threshold)
    feeds, feed_reading = open_feeds(settings, sessions, jobs, knowledge)
    passages = Passages(sessions)
    calibrating = Calibrating(engine, sessions, CalibrationAsking(sessions, embeddings, retrieval))
    learning = Learning(engine, sessions, embeddings)
    triaging = Triaging(sessions, Heads(embeddings), jobs)
    indexing = Indexing(sessions, index, collections, settings.files_dir)
    return Frontdesk(
        settings=settings,
        engine=engine,
        quick_engine=quick_engine,
        sessions=sessions,
        events=events,
        agents=Agents(sessions, settings.session_hours),
        teams=Teams(sessions),
        contact_tokens=ContactTokens(secret_key, settings.contact_days),
        inboxes=Inboxes(sessions),
        conversations=Conversations(sessions, events),
        attachments=Attachments(sessions, settings.files_dir, settings.attachment_mb),
        widgets=Widgets(sessions, secret_key),
        desk=Desk(sessions, events),
        reaching=Reaching(sessions, events),
        rounds=Rounds(sessions, events, timedelta(minutes=settings.owner_minutes)),
        canned=CannedResponses(sessions),
        signs=Signs(sessions, events),
        supervision=Supervision(sessions),
        surveys=Surveys(sessions),
        access=Access(sessions),
        bases=Bases(sessions, settings.answer_threshold),
        knowledge=knowledge,
        entry_files=EntryFiles(sessions, jobs, settings.files_dir),
        indexing=indexing,
        rebuilding=Rebuilding(sessions, index, collections, embeddings, KeptIndexes(settings.index_days)),
        geometries=geometries,
        editions=Editions(sessions),
        pruning=Pruning(sessions, index, settings.files_dir, settings.version_days),
        feeds=feeds,
        feed_reading=feed_reading,
        retrieval=retrieval,
        passages=passages,
        pictures=Pictures(sessions, settings.files_dir, passages),
        preview=Preview(),
        duplicates=Duplicates(sessions),
        topics=Topics(sessions, jobs, learning),
        learning=learning,
        triaging=triaging,
        assistant=Assistant(sessions, events, retrieval, judge, responder, triaging),
        rehearsals=Rehearsals(sessions, retrieval, responder),
        suggesting=Suggesting(sessions, retrieval, judge),
        summarizing=Summarizing(sessions, chat_model),
        evaluation=Evaluation(engine, knowledge, indexing, geometries, retrieval, calibrating, judge),
        question_sets=QuestionSets(sessions),
        set_files=SetFiles(sessions),
        runs=Runs(sessions, jobs, has_model=chat_model is not None),
        running=Running(sessions, Asking(sessions, retrieval, responder, Responder(judge, None))),
        reruns=Reruns(sessions, retrieval, judge, settings.memory_passages),
        calibrations=Calibrations(sessions, jobs),
        calibrating=calibrating,
        reports=Reports(sessions),
        exports=Exports(sessions, passages, settings.order_numbers),
        gathering=Gathering(engine, sessions, embeddings),
        gaps=Gaps(sessions),
        drafting=Drafting(sessions),
        drafts=Drafts(sessions, jobs, knowledge),
        neighbours=Neighbours(sessions, retrieval),
        proving=Proving(engine, sessions, embeddings, retrieval, judge),
        health=Health(engine, settings.redis_url, index, embedder, chat_model is not None),
    )


def prepare(settings: Settings) -> None:
    """What a program does first: logging, and jieba's dictionary before the first question needs it."""
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # jieba caches its dictionary in a folder of ours: the common temporary one is anybody's to write to.
    cache = Path(settings.files_dir) / ".jieba"
    cache.mkdir(parents=True, exist_ok=True)
    jieba.dt.tmp_dir = str(cache)
    jieba.initialize()
