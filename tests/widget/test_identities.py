"""Users whom a site vouches for, and the strangers that they were before."""

import hashlib
import hmac
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from frontdesk.bootstrap import Frontdesk
from frontdesk.errors import Invalid, NotAllowed
from frontdesk.widget.models import Identity, Widget


def signed(secret: str, user_id: str) -> str:
    return hmac.new(secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()


@pytest.fixture
def secret(frontdesk: Frontdesk) -> str:
    return str(frontdesk.widgets.secret(frontdesk.widgets.renew_secret("web")))


def identify(frontdesk: Frontdesk, secret: str, user_id: str, visitor: uuid.UUID | None = None) -> uuid.UUID:
    return frontdesk.widgets.identify("web", user_id, signed(secret, user_id), visitor)


def visit(frontdesk: Frontdesk, contact_id: uuid.UUID | None = None) -> uuid.UUID:
    """Somebody opens a conversation; gives the contact."""
    return frontdesk.conversations.open("web", contact_id, None).contact_id


def test_a_stranger_becomes_the_user_and_keeps_what_was_said(frontdesk: Frontdesk, secret: str) -> None:
    stranger = visit(frontdesk)
    assert identify(frontdesk, secret, "4711", stranger) == stranger
    assert identify(frontdesk, secret, "4711") == stranger


def test_what_a_known_user_says_before_signing_in_joins_their_history(frontdesk: Frontdesk, secret: str) -> None:
    user = identify(frontdesk, secret, "4711", visit(frontdesk))
    elsewhere = visit(frontdesk)
    assert identify(frontdesk, secret, "4711", elsewhere) == user
    assert len(frontdesk.conversations.of_contact(user)) == 2
    assert frontdesk.conversations.of_contact(elsewhere) == []


def test_one_user_never_gets_the_conversations_of_another(frontdesk: Frontdesk, secret: str) -> None:
    first = identify(frontdesk, secret, "4711", visit(frontdesk))
    second = identify(frontdesk, secret, "4712", first)
    assert second != first
    assert len(frontdesk.conversations.of_contact(first)) == 1
    assert frontdesk.conversations.of_contact(second) == []


@pytest.mark.parametrize("user_hash", ["", "0" * 64, "é" * 64, "4711"])
def test_a_wrong_hash_is_nobody(frontdesk: Frontdesk, secret: str, user_hash: str) -> None:
    with pytest.raises(NotAllowed) as refusal:
        frontdesk.widgets.identify("web", "4711", user_hash, None)
    assert refusal.value.code == "identity_refused"
    with frontdesk.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Identity)) == 0


@pytest.mark.parametrize("user_id", ["", " 4711", "47\n11", "x" * 129])
def test_an_id_that_is_none_is_refused(frontdesk: Frontdesk, secret: str, user_id: str) -> None:
    with pytest.raises(Invalid):
        identify(frontdesk, secret, user_id)


def test_a_new_secret_ends_the_old_one_and_none_knows_nobody(frontdesk: Frontdesk, secret: str) -> None:
    renewed = str(frontdesk.widgets.secret(frontdesk.widgets.renew_secret("web")))
    with pytest.raises(NotAllowed) as refusal:
        identify(frontdesk, secret, "4711")
    assert refusal.value.code == "identity_refused"
    assert identify(frontdesk, renewed, "4711")
    frontdesk.widgets.drop_secret("web")
    with pytest.raises(NotAllowed) as refusal:
        identify(frontdesk, renewed, "4711")
    assert refusal.value.code == "identity_off"


def test_the_secret_is_not_in_the_database(frontdesk: Frontdesk, secret: str) -> None:
    with frontdesk.sessions() as session:
        widget = session.scalars(select(Widget)).one()
    assert secret not in (widget.secret_salt, widget.address)
    assert len(secret) == 64


def test_twenty_tabs_of_one_user_are_one_contact(frontdesk: Frontdesk, secret: str) -> None:
    strangers = [visit(frontdesk) for _ in range(20)]
    with ThreadPoolExecutor(20) as tabs:
        found = set(tabs.map(lambda stranger: identify(frontdesk, secret, "4711", stranger), strangers))
    (user,) = found
    assert len(frontdesk.conversations.of_contact(user)) == 20
