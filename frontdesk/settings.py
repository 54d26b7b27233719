"""Every setting of the domain and the api, once. Environment variables carry the prefix FRONTDESK_."""

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, HttpUrl, Json, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """Read from the environment at the start of a program; wrong values stop the program with their name."""

    model_config = SettingsConfigDict(env_prefix="FRONTDESK_", env_ignore_empty=True, frozen=True)

    database_url: str
    redis_url: str
    milvus_uri: str
    secret_key: SecretStr = Field(min_length=32)
    files_dir: Path
    log_level: str = "INFO"

    embedding_url: HttpUrl | None = Field(
        None, description="An OpenAI-compatible base URL, such as http://host:9000/v1"
    )
    embedding_model: str = "default"
    embedding_api_key: SecretStr = SecretStr("")
    rerank_url: HttpUrl | None = Field(
        None, description="A base URL with /rerank, such as http://host:9000/v1; without one, the order stays"
    )
    rerank_model: str = "default"
    rerank_api_key: SecretStr = SecretStr("")
    llm_url: HttpUrl | None = Field(
        None, description="An OpenAI-compatible base URL; without one, replies are quoted"
    )
    llm_model: str = "default"
    llm_api_key: SecretStr = SecretStr("")
    llm_first_token_seconds: float = Field(15, gt=0, le=18)
    llm_total_seconds: float = Field(35, gt=0, le=45)

    answer_threshold: float = Field(
        0.8, ge=0, le=1, description="Confidence that it takes where too little is known to find out"
    )
    owner_minutes: float = Field(
        10, gt=0, description="An agent who is gone for so long loses their open conversations to the queue"
    )
    turn_threads: int = Field(8, ge=1, le=64)
    order_numbers: re.Pattern[str] | None = Field(
        None, description="How the shop's order numbers look, so that exports leave them out: a regular expression"
    )
    version_days: float = Field(90, gt=0, description="How long earlier versions of the knowledge are kept")
    index_days: float = Field(
        7, ge=0, description="How long the index before a change of the embedder is kept for going back to it"
    )
    memory_passages: int = Field(
        200_000, ge=0, description="Knowledge bases of up to so many passages are searched in memory, not by Milvus"
    )
    worker_processes: int = Field(3, ge=1, le=64, description="Documents and other jobs that are worked on at once")
    crawl_private_hosts: str = Field("", description="Hosts in a private network that may be read, by comma")
    crawl_pause_seconds: float = Field(1, ge=0, le=60, description="Between two pages of a website, at least")
    crawl_page_seconds: float = Field(30, gt=0, le=300)
    crawl_page_mb: int = Field(20, ge=1, le=100)
    sql_databases: Annotated[Json[dict[str, SecretStr]], NoDecode] = Field(
        default_factory=dict,
        validate_default=False,
        description="Databases that may be read: a JSON object of names and SQLAlchemy URLs",
    )
    sql_seconds: float = Field(60, gt=0, le=600, description="How long one query may take")
    upload_limit_mb: int = Field(50, ge=1, le=1024)
    attachment_mb: int = Field(10, ge=1, le=50, description="How large a file that goes with a message may be")
    attachments_per_hour: int = Field(200, ge=1, description="Files that one address may send in an hour")
    messages_per_minute: int = Field(20, ge=1, description="Messages that one contact may send in a minute")
    opens_per_minute: int = Field(120, ge=1, description="Conversations that one address may open in a minute")
    session_hours: int = Field(12, ge=1)
    contact_days: int = Field(180, ge=1)
    trusted_proxies: str = Field("127.0.0.1", description="Addresses whose X-Forwarded-For is believed")
    allowed_origins: str = Field("", description="Web origins that may call the api from a browser, by comma")

    @cached_property
    def origins(self) -> list[str]:
        """`allowed_origins` as a list."""
        return [origin.strip() for origin in self.allowed_origins.split(",") if origin.strip()]

    @property
    def private_hosts(self) -> frozenset[str]:
        """`crawl_private_hosts` as a set, in lower case."""
        return frozenset(host.strip().lower() for host in self.crawl_private_hosts.split(",") if host.strip())
