"""`python -m services.api`: serve the api."""

import os
import sys

import uvicorn
from pydantic import ValidationError

from frontdesk.bootstrap import prepare
from frontdesk.settings import Settings
from services.api.app import GOODBYE_SECONDS, make_app

try:
    settings = Settings()
except ValidationError as error:
    sys.exit("\n".join(f"FRONTDESK_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()))
prepare(settings)
uvicorn.run(
    make_app(settings),
    host=os.environ.get("FRONTDESK_API_HOST", "127.0.0.1"),
    port=int(os.environ.get("FRONTDESK_API_PORT", "8000")),
    log_level=settings.log_level.lower(),
    access_log=False,
    forwarded_allow_ips=settings.trusted_proxies,
    timeout_graceful_shutdown=int(GOODBYE_SECONDS),
)
