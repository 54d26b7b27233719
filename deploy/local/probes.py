"""Does it answer? One cheap question to each kind of part; every one takes 2 s at most."""

import http.client
from contextlib import closing, suppress
from urllib.parse import urlsplit

import grpc
import psycopg2
import redis

from deploy.local.settings import Refusal

TIMEOUT_S = 2.0
NO_DATABASE = 'database "{}" does not exist'


def postgres_answers(port: int, user: str, password: str, database: str, credentials: str) -> bool:
    """Connect for real; the first time ever, make the database. Raises Refusal for a wrong password."""
    try:
        psycopg2.connect(
            host="127.0.0.1", port=port, user=user, password=password, dbname=database, connect_timeout=2
        ).close()
    except psycopg2.OperationalError as error:
        if "password authentication failed" in str(error):
            raise Refusal(
                f"PostgreSQL does not take the password in {credentials}: put the right "
                "FRONTDESK_POSTGRES_PASSWORD back, or set FRONTDESK_DATA_DIR to a new folder."
            ) from error
        if NO_DATABASE.format(database) in str(error):
            _create_database(port, user, password, database)
        return False
    return True


def _create_database(port: int, user: str, password: str, database: str) -> None:
    # Whatever goes wrong here, the next question comes this way again.
    with suppress(psycopg2.Error):
        connection = psycopg2.connect(
            host="127.0.0.1", port=port, user=user, password=password, dbname="postgres", connect_timeout=2
        )
        connection.autocommit = True  # CREATE DATABASE refuses to be part of a transaction
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{database}"')


def redis_answers(url: str) -> bool:
    """PING; a server that is still reading its file says no."""
    try:
        with redis.Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def jobs_are_awaited(redis_url: str) -> bool:
    """Whether a worker waits at the queue: Redis knows who blocks in BRPOP, whatever a worker logs."""
    try:
        with redis.Redis.from_url(redis_url, socket_timeout=TIMEOUT_S) as client:
            return any(str(connection["cmd"]).lower() == "brpop" for connection in client.client_list())
    except redis.RedisError:
        return False


def milvus_answers(port: int) -> bool:
    """Ask for its version, without pymilvus and the second that its import takes."""
    # A proxy in the environment must not see calls to this machine.
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.enable_http_proxy", 0)]) as channel:
        try:
            channel.unary_unary("/milvus.proto.milvus.MilvusService/GetVersion")(b"", timeout=TIMEOUT_S)
        except grpc.RpcError:
            return False
    return True


def http_answers(url: str) -> bool:
    """GET with status 200."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", address.path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
