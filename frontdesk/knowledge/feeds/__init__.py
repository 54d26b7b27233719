"""Knowledge that comes by itself: websites and databases, read again from time to time."""

from frontdesk.database import Sessions
from frontdesk.jobs import Jobs
from frontdesk.knowledge.feeds.databases import Databases
from frontdesk.knowledge.feeds.fetching import Fetcher
from frontdesk.knowledge.feeds.previews import Previews
from frontdesk.knowledge.feeds.queries import Queries
from frontdesk.knowledge.feeds.reading import FeedReading
from frontdesk.knowledge.feeds.robots import Robots
from frontdesk.knowledge.feeds.service import Feeds
from frontdesk.knowledge.feeds.shifts import Keeping
from frontdesk.knowledge.feeds.websites import Websites
from frontdesk.knowledge.service import Knowledge
from frontdesk.settings import Settings

__all__ = ["FeedReading", "Feeds", "open_feeds"]

PREVIEW_SECONDS = 8.0


def open_feeds(
    settings: Settings, sessions: Sessions, jobs: Jobs, knowledge: Knowledge
) -> tuple[Feeds, FeedReading]:
    """The administrators' side of feeds and the worker's; nothing is connected before it is used."""
    most_bytes = settings.crawl_page_mb * 1024 * 1024
    fetcher = Fetcher(settings.private_hosts, most_bytes, settings.crawl_page_seconds)
    looking = Fetcher(settings.private_hosts, most_bytes, min(settings.crawl_page_seconds, PREVIEW_SECONDS))
    databases = Databases(settings.sql_databases, settings.sql_seconds)
    asking = Databases(settings.sql_databases, min(settings.sql_seconds, PREVIEW_SECONDS))
    keeping = Keeping(sessions, knowledge, settings.files_dir)
    websites = Websites(sessions, keeping, fetcher, Robots(fetcher), settings.crawl_pause_seconds)
    feeds = Feeds(sessions, jobs, knowledge, databases, Previews(looking, Robots(looking), asking))
    return feeds, FeedReading(sessions, websites, Queries(sessions, keeping, databases))
