"""`python -m services.api.openapi`: print the schema of the api."""

import json
import sys
from pathlib import Path

from pydantic import SecretStr

from frontdesk.settings import Settings
from services.api.app import make_app


def schema() -> dict[str, object]:
    """The OpenAPI schema; nothing needs to run for it."""
    settings = Settings(
        database_url="postgresql+psycopg2://localhost/none",
        redis_url="redis://localhost",
        milvus_uri="http://localhost",
        secret_key=SecretStr("-" * 32),
        files_dir=Path("/nonexistent"),
    )
    return make_app(settings).openapi()


if __name__ == "__main__":
    json.dump(schema(), sys.stdout, indent=1, ensure_ascii=False, sort_keys=True)
    sys.stdout.write("\n")
