"""The application, put together from its parts."""

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from operator import attrgetter

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from frontdesk.bootstrap import Frontdesk, build
from frontdesk.conversations.attachments import MOST_AT_ONCE
from frontdesk.events import Listeners
from frontdesk.settings import Settings
from services.api import errors
from services.api.body_limit import BodyLimit
from services.api.lookout import Lookout
from services.api.origins import Origins
from services.api.rates import Rates
from services.api.routers import (
    assistance,
    attachments,
    bases,
    calibrations,
    canned,
    contact,
    desk,
    duplicates,
    entry_files,
    feeds,
    growth,
    health,
    knowledge,
    load,
    passages,
    passing,
    pictures,
    question_sets,
    rehearsals,
    reports,
    runs,
    sensitive,
    staff,
    teams,
    topics,
    versions,
    waiting,
    widget,
)
from services.api.schemas.problems import ProblemAlone
from services.api.turns import Turns

log = logging.getLogger(__name__)

GOODBYE_SECONDS = 5.0


def make_app(settings: Settings) -> FastAPI:
    """The api for these settings; it connects to nothing before it is started."""
    frontdesk = build(settings)
    app = FastAPI(
        title="Frontdesk",
        version="1",
        lifespan=_lifespan,
        redirect_slashes=False,
        generate_unique_id_function=attrgetter("name"),  # what clients that are made from the schema call it
        responses={"default": {"model": ProblemAlone, "description": "Why not"}},
    )
    app.state.frontdesk = frontdesk
    app.state.rates = Rates(settings)
    app.state.listeners = Listeners(settings.redis_url)
    app.state.lookout = Lookout(app.state.listeners, frontdesk.conversations.last_sequences)
    app.state.turns = Turns(frontdesk.assistant, settings.turn_threads)
    errors.install(app)
    app.add_middleware(
        BodyLimit,
        upload_limit=settings.upload_limit_mb * 1024 * 1024,
        files_limit=MOST_AT_ONCE * settings.attachment_mb * 1024 * 1024,
    )
    allows = partial(frontdesk.widgets.allows, contact.CHANNEL)
    app.add_middleware(Origins, everywhere=settings.origins, allows=allows)
    for router in (
        contact.router,
        attachments.router,
        waiting.router,
        widget.router,
        desk.router,
        passing.router,
        canned.router,
        assistance.router,
        load.router,
        staff.router,
        teams.router,
        bases.router,
        knowledge.router,
        feeds.router,
        entry_files.router,
        versions.router,
        rehearsals.router,
        sensitive.router,
        topics.router,
        passages.router,
        pictures.router,
        duplicates.router,
        question_sets.router,
        runs.router,
        calibrations.router,
        reports.router,
        growth.router,
        health.router,
    ):
        app.include_router(router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    frontdesk: Frontdesk = app.state.frontdesk
    app.state.listeners.start()
    app.state.lookout.start()
    app.state.turns.start()
    frontdesk.health.start()
    threading.Thread(target=_warm, args=(frontdesk,), name="warm", daemon=True).start()
    yield
    await app.state.lookout.stop()
    await app.state.listeners.stop()
    app.state.turns.stop(GOODBYE_SECONDS)
    frontdesk.close()


def _warm(frontdesk: Frontdesk) -> None:
    try:
        frontdesk.retrieval.warm()
    except SQLAlchemyError as error:
        # The first question reads what this could not.
        log.warning("The knowledge was not read ahead: %s", error)
