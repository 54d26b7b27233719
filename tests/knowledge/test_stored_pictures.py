"""Pictures on the disk and in the tables: kept as long as any passage that is kept has them, and not longer."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from frontdesk.bootstrap import Frontdesk
from frontdesk.knowledge.chunking import ChunkText
from frontdesk.knowledge.models import Chunk, Document, SourceStatus
from frontdesk.knowledge.parsing import Picture as FoundPicture
from frontdesk.knowledge.pictures.intake import Intake
from frontdesk.knowledge.pictures.models import FOLDER, Picture
from frontdesk.knowledge.versions import NOBODY
from tests.knowledge.pictured_files import bomb, photo, slides, word

LID, KNOB = "To open the lid, press the red button.", "The knob sets how brown it gets."
FIRST = word("# Kettle", LID, photo(1), "# Toaster", KNOB, photo(2))

Upload = Callable[..., Document]


@pytest.fixture
def forgetful(build: Callable[..., Frontdesk]) -> Frontdesk:
    """One that keeps no earlier version."""
    return build(version_days=1e-9)


@pytest.fixture
def upload(forgetful: Frontdesk, knowledge_base_id: uuid.UUID, tmp_path: Path) -> Upload:
    """Uploads a document and has it indexed."""

    def put(content: bytes, name: str = "manual.docx", index: bool = True) -> Document:
        path = tmp_path / "upload"
        path.write_bytes(content)
        document = forgetful.knowledge.upload(knowledge_base_id, name, path)
        if index:
            forgetful.indexing.index_document(document.id)
        return forgetful.knowledge.document(document.id)

    return put


def stored(frontdesk: Frontdesk) -> Sequence[Picture]:
    """The rows; each has its file, and there are no other files."""
    with frontdesk.sessions() as session:
        pictures = session.scalars(select(Picture)).all()
    folder = frontdesk.settings.files_dir / FOLDER
    files = {f"{FOLDER}/{path.name}" for path in folder.iterdir()} if folder.exists() else set()
    assert {picture.file for picture in pictures} == files
    assert all(picture.size == frontdesk.pictures.file(picture).stat().st_size for picture in pictures)
    return pictures


@pytest.fixture(autouse=True)
def _nothing_left_over(forgetful: Frontdesk) -> None:
    for path in (forgetful.settings.files_dir / FOLDER).glob("*"):
        path.unlink()


def named(frontdesk: Frontdesk, document: Document) -> list[list[str]]:
    """The pictures that each chunk of the newest revision names."""
    with frontdesk.sessions() as session:
        chunks = session.scalars(
            select(Chunk)
            .where(Chunk.document_id == document.id, Chunk.revision == document.revision)
            .order_by(Chunk.ordinal)
        ).all()
    return [chunk.location.get("pictures", []) for chunk in chunks]


def test_each_passage_names_its_pictures(forgetful: Frontdesk, upload: Upload) -> None:
    document = upload(FIRST)
    assert document.status is SourceStatus.READY
    first, second = named(forgetful, document)
    assert {*first, *second} == {str(picture.id) for picture in stored(forgetful)}
    assert (len(first), len(second)) == (1, 1)


def test_indexing_again_makes_nothing_twice(forgetful: Frontdesk, upload: Upload) -> None:
    document = upload(FIRST)
    before = named(forgetful, document)
    with forgetful.sessions.begin() as session:
        again = session.get_one(Document, document.id)
        again.owe(SourceStatus.QUEUED)
        again.chunked_revision = 0
    forgetful.indexing.index_document(document.id)
    assert named(forgetful, document) == before
    assert len(stored(forgetful)) == 2


def test_a_logo_is_named_by_no_passage(forgetful: Frontdesk, upload: Upload) -> None:
    document = upload(slides(*((f"Part {n}", f"Words {n}", [photo(n), photo(9)]) for n in range(4))), "a.pptx")
    assert list(map(len, named(forgetful, document))) == [1, 1, 1, 1]
    assert len(stored(forgetful)) == 4


def test_a_bomb_costs_only_itself(forgetful: Frontdesk, upload: Upload) -> None:
    document = upload(word("# Kettle", LID, bomb(), photo(1)))
    assert document.status is SourceStatus.READY
    assert len(stored(forgetful)) == 1


def test_what_a_new_revision_has_too_stays(forgetful: Frontdesk, upload: Upload) -> None:
    upload(FIRST)
    document = upload(word("# Kettle", LID, photo(1), "# Grill", "It is hot.", photo(3)))
    kept = {picture.id for picture in stored(forgetful)}
    assert len(kept) == 3
    forgetful.pruning.prune()
    left = {picture.id for picture in stored(forgetful)}
    assert left < kept
    assert left == {uuid.UUID(one) for names in named(forgetful, document) for one in names}
    assert len(left) == 2


def test_nothing_is_cleared_away_while_a_document_is_read(
    forgetful: Frontdesk, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(FIRST)
    put_by = Intake.put_by

    def prune_meanwhile(intake: Intake, found: Iterable[ChunkText | FoundPicture]) -> Iterator[ChunkText]:
        yield from put_by(intake, found)
        forgetful.pruning.prune()

    monkeypatch.setattr(Intake, "put_by", prune_meanwhile)
    document = upload(word("# Kettle", LID, photo(1)))
    assert document.status is SourceStatus.READY
    ((picture_id,),) = named(forgetful, document)
    assert picture_id in {str(picture.id) for picture in stored(forgetful)}
    forgetful.pruning.prune()
    assert [str(picture.id) for picture in stored(forgetful)] == [picture_id]


def test_a_deleted_document_takes_its_pictures_along(forgetful: Frontdesk, upload: Upload) -> None:
    document = upload(FIRST)
    forgetful.knowledge.delete_document(document.id)
    assert len(stored(forgetful)) == 2
    forgetful.pruning.prune()
    assert not stored(forgetful)


def test_versions_that_are_kept_keep_their_pictures(
    frontdesk: Frontdesk, forgetful: Frontdesk, upload: Upload, knowledge_base_id: uuid.UUID
) -> None:
    upload(FIRST)
    published = forgetful.knowledge.base(knowledge_base_id).published
    document = upload(word("# Kettle", LID))
    frontdesk.pruning.prune()
    assert len(stored(forgetful)) == 2
    frontdesk.editions.roll_back(knowledge_base_id, published, NOBODY)
    (passage,) = frontdesk.retrieval.retrieve(knowledge_base_id, "lid red button", 1).passages
    (picture_id,) = passage.location["pictures"]
    assert frontdesk.pictures.find(uuid.UUID(str(picture_id))).document_id == document.id


def test_a_knowledge_base_goes_with_its_pictures(forgetful: Frontdesk, upload: Upload, tmp_path: Path) -> None:
    upload(FIRST)
    other = forgetful.knowledge.create_base("Other").id
    path = tmp_path / "other"
    path.write_bytes(FIRST)
    forgetful.indexing.index_document(forgetful.knowledge.upload(other, "manual.docx", path).id)
    assert len(stored(forgetful)) == 4
    forgetful.indexing.remove_base(other)
    assert len(stored(forgetful)) == 2
