"""How often somebody may do something. Counted in Redis, or in this process while Redis is away."""

import logging
import time

import redis
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from frontdesk.settings import Settings
from services.api.errors import RateLimited

log = logging.getLogger(__name__)

SIGN_INS_PER_MINUTE = 10
SIGN_INS_PER_MINUTE_AND_ADDRESS = 60
TYPING_PER_MINUTE = 60
REDIS_SECONDS = 0.5


class Rates:
    """The limits by name. `hit` counts one use and raises RateLimited when it is one too many."""

    def __init__(self, settings: Settings) -> None:
        storage = RedisStorage(
            settings.redis_url,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
            key_prefix="frontdesk:rate",
        )
        self._shared = SlidingWindowCounterRateLimiter(storage)
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._limits: dict[str, RateLimitItem] = {
            "message": RateLimitItemPerMinute(settings.messages_per_minute),
            "message_address": RateLimitItemPerMinute(settings.messages_per_minute * 20),
            "files_address": RateLimitItemPerHour(settings.attachments_per_hour),
            "typing": RateLimitItemPerMinute(TYPING_PER_MINUTE),
            "open": RateLimitItemPerMinute(settings.opens_per_minute),
            "sign_in": RateLimitItemPerMinute(SIGN_INS_PER_MINUTE),
            "sign_in_address": RateLimitItemPerMinute(SIGN_INS_PER_MINUTE_AND_ADDRESS),
        }

    def hit(self, name: str, who: str, uses: int = 1) -> None:
        """One use of `name` by `who` (a contact, an address), or several at once."""
        limit = self._limits[name]
        try:
            self._count(self._shared, limit, name, who, uses)
        except redis.RedisError as error:
            log.warning("Rates are counted here only, Redis is away: %s", error)
            self._count(self._own, limit, name, who, uses)

    @staticmethod
    def _count(
        limiter: SlidingWindowCounterRateLimiter, limit: RateLimitItem, name: str, who: str, uses: int
    ) -> None:
        if not limiter.hit(limit, name, who, cost=uses):
            reset = limiter.get_window_stats(limit, name, who).reset_time
            raise RateLimited(max(1, round(reset - time.time())))
