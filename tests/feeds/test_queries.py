"""A query on a real PostgreSQL: only ever read, and never with its secrets told."""

import json
from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, make_url, select, text

from frontdesk.errors import DomainError, Invalid
from frontdesk.knowledge.feeds.models import Feed, FeedStatus
from frontdesk.knowledge.feeds.sources import Query
from frontdesk.settings import Settings
from frontdesk.tables import Base
from tests.conftest import free_ports
from tests.feeds.conftest import Reader

PASSWORD = "hunter2-and-more"
ACCOUNT = "shop_reader"


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    """A database with products in it, whose account has a password and may write."""
    owner = create_engine(settings.database_url)
    with owner.begin() as connection:
        connection.execute(text(f"CREATE ROLE {ACCOUNT} LOGIN PASSWORD '{PASSWORD}'"))
        connection.execute(
            text("CREATE TABLE products (sku int, answer text, question text, price numeric, photo bytea)")
        )
        connection.execute(
            text(
                "INSERT INTO products SELECT n, '答案 ' || n || E'\\n第二行', '问题 ' || n, n + 0.50, 'x'::bytea"
                " FROM generate_series(1, 20) AS n"
            )
        )
        connection.execute(text(f"GRANT ALL ON products TO {ACCOUNT}"))
    yield (
        make_url(settings.database_url)
        .set(username=ACCOUNT, password=PASSWORD)
        .render_as_string(hide_password=False)
    )
    with owner.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {ACCOUNT}"))
        connection.execute(text("DROP TABLE products"))
        connection.execute(text(f"DROP ROLE {ACCOUNT}"))
    owner.dispose()


@pytest.fixture
def reader(build: Callable[..., object], address: str) -> Reader:
    """Knows the database by the name of shop, and one that is away."""
    away = f"postgresql+psycopg2://{ACCOUNT}:{PASSWORD}@127.0.0.1:{free_ports(1)[0]}/none"
    addresses = {
        "shop": address,
        "away": away,
        "odd": f"{PASSWORD}",
        "driverless": f"mssql+pymssql://x:{PASSWORD}@h/d",
    }
    frontdesk = build(
        sql_databases={name: SecretStr(value) for name, value in addresses.items()}, sql_seconds=1, crawl_page_mb=1
    )
    return Reader(frontdesk, frontdesk.inboxes.bases("web")[0])


def add(reader: Reader, query: str, rows: int = 100, database: str = "shop") -> Feed:
    """A query that was read once."""
    frontdesk = reader.frontdesk
    feed = frontdesk.feeds.create(reader.knowledge_base_id, "Products", Query(database, query, rows), None)
    return reader.run(feed.id)


def refused(reader: Reader, query: str, database: str = "shop") -> DomainError:
    """Why a query is refused at a first look."""
    with pytest.raises(DomainError) as refusal:
        reader.frontdesk.feeds.preview(reader.knowledge_base_id, Query(database, query))
    assert PASSWORD not in repr([refusal.value.message, refusal.value.details])
    return refusal.value


def lines(reader: Reader) -> list[dict[str, object]]:
    """The rows of the one document."""
    (document,) = reader.documents().values()
    assert document.name == "Products.jsonl"
    content = reader.frontdesk.knowledge.file(document).read_text("utf-8")
    return [json.loads(line) for line in content.splitlines()]


class TestReading:
    def test_every_row_becomes_a_line_that_begins_with_its_question(self, reader: Reader) -> None:
        feed = add(reader, "SELECT * FROM products ORDER BY sku;")
        assert (feed.status, feed.found, feed.new, feed.is_cut) == (FeedStatus.DONE, 20, 1, False)
        first, *others = lines(reader)
        assert len(others) == 19
        assert list(first.items()) == [
            ("question", "问题 1"),
            ("sku", 1),
            ("answer", "答案 1\n第二行"),
            ("price", "1.50"),
        ]

    def test_a_row_is_a_passage(self, reader: Reader) -> None:
        add(reader, "SELECT * FROM products ORDER BY sku")
        (document,) = reader.documents().values()
        reader.frontdesk.indexing.index_document(document.id)
        assert reader.frontdesk.knowledge.document(document.id).passages == 20

    def test_the_same_rows_are_not_indexed_again(self, reader: Reader) -> None:
        feed = add(reader, "SELECT sku, question FROM products ORDER BY sku")
        assert (reader.again(feed.id).unchanged, reader.documents()["Products.jsonl"].revision) == (1, 1)
        change(reader, "UPDATE products SET question = 'x' WHERE sku = 1")
        assert (reader.again(feed.id).changed, reader.documents()["Products.jsonl"].revision) == (1, 2)

    def test_no_rows_cost_nobody_anything(self, reader: Reader) -> None:
        feed = add(reader, "SELECT sku, question FROM products ORDER BY sku")
        change(reader, "DELETE FROM products")
        failed = reader.again(feed.id)
        assert (failed.status, failed.error_code, len(lines(reader))) == (FeedStatus.FAILED, "query_empty", 20)

    def test_there_is_an_end_to_rows(self, reader: Reader) -> None:
        feed = add(
            reader, "SELECT a.sku AS title FROM products a, products b, products c, products d, products e", rows=30
        )
        assert (feed.found, feed.is_cut, len(lines(reader))) == (30, True, 30)

    def test_what_looks_like_a_parameter_is_none(self, reader: Reader) -> None:
        add(
            reader,
            "SELECT '100%' AS title, '50 %s :name' AS a, sku::text AS b FROM products WHERE sku % 2 = 1 LIMIT 1",
        )
        assert lines(reader) == [{"title": "100%", "a": "50 %s :name", "b": "1"}]

    def test_a_look_shows_the_first_rows(self, reader: Reader) -> None:
        source = Query("shop", "SELECT sku, question, photo FROM products ORDER BY sku")
        look = reader.frontdesk.feeds.preview(reader.knowledge_base_id, source)
        assert look.rows[0] == {"question": "问题 1", "sku": "1", "photo": None}
        assert len(look.rows) == 10
        assert reader.documents() == {}


class TestSafety:
    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("WITH gone AS (DELETE FROM products RETURNING *) SELECT * FROM gone", "query_refused"),
            ("SELECT setval('seq', 5)", "query_refused"),
            ("SELECT set_config('transaction_read_only', 'off', false), lo_create(0)", "query_refused"),
            ("SELECT lo_create(0)", "query_writes"),
            ("SELECT * INTO stolen FROM products", "query_refused"),
            ("SELECT * FROM products FOR UPDATE", "query_writes"),
        ],
    )
    def test_nothing_is_written(self, reader: Reader, query: str, code: str) -> None:
        assert refused(reader, query).code == code
        assert change(reader, "SELECT count(*) FROM products") == 20

    def test_a_query_that_takes_too_long_is_cancelled(self, reader: Reader) -> None:
        assert refused(reader, "SELECT pg_sleep(60)").code == "query_too_slow"

    @pytest.mark.parametrize(
        ("database", "code"),
        [
            ("away", "database_unreachable"),
            ("odd", "database_settings"),
            ("driverless", "database_settings"),
            ("other", "database_unknown"),
        ],
    )
    def test_a_database_that_can_not_be_used_says_so_without_its_address(
        self, reader: Reader, database: str, code: str
    ) -> None:
        assert refused(reader, "SELECT 1", database).code == code

    def test_a_mistake_is_told_in_the_words_of_the_database(self, reader: Reader) -> None:
        error = refused(reader, "SELECT nothing FROM products")
        assert (type(error), error.code) == (Invalid, "query_refused")
        assert 'column "nothing" does not exist' in error.message

    def test_secrets_are_neither_stored_nor_logged(self, reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
        feed = add(reader, "SELECT sku FROM products")
        reader.frontdesk.feeds.create(reader.knowledge_base_id, "Away", Query("away", "SELECT 1"), None)
        for one in reader.frontdesk.feeds.feeds(reader.knowledge_base_id):
            reader.wake(one.id)
            reader.frontdesk.feed_reading.work(one.id)
        assert feed.settings == {"database": "shop", "query": "SELECT sku FROM products", "rows": 100}
        with reader.frontdesk.engine.connect() as connection:
            for table in ("feeds", "feed_pages"):
                rows = connection.execute(select(Base.metadata.tables[table])).all()
                assert PASSWORD not in repr(rows)
        assert PASSWORD not in caplog.text
        assert PASSWORD not in repr(reader.frontdesk.settings)


def change(reader: Reader, statement: str) -> object:
    """Do something to the products; gives the first value that comes back."""
    with reader.frontdesk.engine.begin() as connection:
        result = connection.execute(text(statement))
        return result.scalar() if result.returns_rows else None
