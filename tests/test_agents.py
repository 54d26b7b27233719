"""Staff accounts: passwords, sessions, and never without an administrator."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text

from frontdesk.agents import MOST_AT_ONCE, ONLINE_SECONDS, Agent, Presence, Role
from frontdesk.bootstrap import Frontdesk
from frontdesk.database import now
from frontdesk.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, Unauthenticated
from tests.conftest import PASSWORD


class TestSignIn:
    def test_the_password_opens_a_session(self, frontdesk: Frontdesk, agent: Agent) -> None:
        signed_in = frontdesk.agents.sign_in(" LI@shop.example ", PASSWORD)
        assert frontdesk.agents.authenticate(signed_in.token).id == agent.id

    def test_wrong_password_and_unknown_email_look_alike(self, frontdesk: Frontdesk, agent: Agent) -> None:
        messages = set()
        for email, password in ((agent.email, "wrong password"), ("nobody@shop.example", PASSWORD)):
            with pytest.raises(Unauthenticated) as refused:
                frontdesk.agents.sign_in(email, password)
            messages.add(refused.value.message)
        assert len(messages) == 1

    def test_passwords_and_tokens_are_not_stored(self, frontdesk: Frontdesk, agent: Agent) -> None:
        token = frontdesk.agents.sign_in(agent.email, PASSWORD).token
        with frontdesk.engine.connect() as connection:
            rows = [
                *connection.execute(text("SELECT * FROM agents")),
                *connection.execute(text("SELECT * FROM agent_sessions")),
            ]
        assert PASSWORD not in str(rows)
        assert token not in str(rows)


class TestSessions:
    def test_signing_out_ends_it(self, frontdesk: Frontdesk, agent: Agent) -> None:
        token = frontdesk.agents.sign_in(agent.email, PASSWORD).token
        frontdesk.agents.sign_out(token)
        with pytest.raises(Unauthenticated):
            frontdesk.agents.authenticate(token)

    def test_it_expires(self, frontdesk: Frontdesk, agent: Agent) -> None:
        token = frontdesk.agents.sign_in(agent.email, PASSWORD).token
        with frontdesk.engine.begin() as connection:
            connection.execute(text("UPDATE agent_sessions SET expires_at = now()"))
        with pytest.raises(Unauthenticated):
            frontdesk.agents.authenticate(token)

    @pytest.mark.parametrize("change", [{"password": "another long one"}, {"active": False}, {"role": Role.ADMIN}])
    def test_another_password_role_or_a_leave_ends_it(
        self, frontdesk: Frontdesk, agent: Agent, change: dict
    ) -> None:
        token = frontdesk.agents.sign_in(agent.email, PASSWORD).token
        frontdesk.agents.create("boss@shop.example", "Boss", Role.ADMIN, PASSWORD)
        frontdesk.agents.change(agent.id, **change)
        with pytest.raises(Unauthenticated):
            frontdesk.agents.authenticate(token)


class TestPresence:
    def test_who_has_a_screen_open_is_there(self, frontdesk: Frontdesk, agent: Agent) -> None:
        assert agent.presence(now()) == Presence.OFF
        seen = frontdesk.agents.seen(agent.id)
        assert seen.seen_at is not None
        assert seen.presence(now()) == Presence.ONLINE
        assert seen.presence(seen.seen_at + timedelta(seconds=ONLINE_SECONDS)) == Presence.ONLINE
        assert seen.presence(seen.seen_at + timedelta(seconds=ONLINE_SECONDS + 1)) == Presence.OFF

    def test_being_away_stays_until_they_say_otherwise(self, frontdesk: Frontdesk, agent: Agent) -> None:
        frontdesk.agents.seen(agent.id)
        assert frontdesk.agents.seen(agent.id, away=True).presence(now()) == Presence.AWAY
        assert frontdesk.agents.seen(agent.id).presence(now()) == Presence.AWAY
        assert frontdesk.agents.seen(agent.id, away=False).presence(now()) == Presence.ONLINE

    def test_it_is_written_now_and_then_only(self, frontdesk: Frontdesk, agent: Agent) -> None:
        first = frontdesk.agents.seen(agent.id).seen_at
        assert frontdesk.agents.seen(agent.id).seen_at == first
        with frontdesk.engine.begin() as connection:
            connection.execute(text("UPDATE agents SET seen_at = seen_at - interval '16 seconds'"))
        again = frontdesk.agents.seen(agent.id).seen_at
        assert first is not None
        assert again is not None
        assert again >= first

    def test_signing_out_ends_it_and_signing_in_makes_available(self, frontdesk: Frontdesk, agent: Agent) -> None:
        token = frontdesk.agents.sign_in(agent.email, PASSWORD).token
        frontdesk.agents.seen(agent.id, away=True)
        frontdesk.agents.sign_out(token)
        (left,) = frontdesk.agents.list()
        assert (left.presence(now()), left.away) == (Presence.OFF, True)
        frontdesk.agents.sign_in(agent.email, PASSWORD)
        assert frontdesk.agents.seen(agent.id).presence(now()) == Presence.ONLINE

    def test_who_was_deactivated_is_gone(self, frontdesk: Frontdesk, agent: Agent, admin: Agent) -> None:
        frontdesk.agents.seen(agent.id)
        assert frontdesk.agents.change(agent.id, active=False).presence(now()) == Presence.OFF

    def test_nobody_is_not_seen(self, frontdesk: Frontdesk) -> None:
        with pytest.raises(NotFound):
            frontdesk.agents.seen(uuid.uuid4())


class TestOwnPassword:
    def test_it_is_changed_by_who_knows_it_and_ends_other_sessions(
        self, frontdesk: Frontdesk, agent: Agent
    ) -> None:
        here, elsewhere = (frontdesk.agents.sign_in(agent.email, PASSWORD).token for _ in range(2))
        frontdesk.agents.change_password(here, PASSWORD, "another long one")
        assert frontdesk.agents.authenticate(here).id == agent.id
        with pytest.raises(Unauthenticated):
            frontdesk.agents.authenticate(elsewhere)
        with pytest.raises(Unauthenticated):
            frontdesk.agents.sign_in(agent.email, PASSWORD)
        assert frontdesk.agents.sign_in(agent.email, "another long one")

    @pytest.mark.parametrize(
        ("current", "new", "refusal"), [("wrong", "another long one", NotAllowed), (PASSWORD, "short", Invalid)]
    )
    def test_a_wrong_or_a_short_one_changes_nothing(
        self, frontdesk: Frontdesk, agent: Agent, current: str, new: str, refusal: type[DomainError]
    ) -> None:
        token = frontdesk.agents.sign_in(agent.email, PASSWORD).token
        with pytest.raises(refusal):
            frontdesk.agents.change_password(token, current, new)
        assert frontdesk.agents.sign_in(agent.email, PASSWORD)


class TestAccounts:
    @pytest.mark.parametrize("capacity", [-1, 51])
    def test_a_capacity_has_bounds(self, frontdesk: Frontdesk, agent: Agent, capacity: int) -> None:
        with pytest.raises(Invalid):
            frontdesk.agents.change(agent.id, capacity=capacity)
        (kept,) = frontdesk.agents.list()
        assert kept.capacity == MOST_AT_ONCE

    def test_the_same_role_ends_no_session(self, frontdesk: Frontdesk, agent: Agent, admin: Agent) -> None:
        token = frontdesk.agents.sign_in(agent.email, PASSWORD).token
        frontdesk.agents.change(agent.id, role=Role.AGENT, name="Li", capacity=0)
        assert frontdesk.agents.authenticate(token).capacity == 0

    @pytest.mark.parametrize("change", [{"role": Role.AGENT}, {"active": False}])
    def test_the_last_administrator_stays(self, frontdesk: Frontdesk, admin: Agent, change: dict) -> None:
        with pytest.raises(Conflict):
            frontdesk.agents.change(admin.id, **change)
        assert frontdesk.agents.sign_in(admin.email, PASSWORD).agent.role == Role.ADMIN

    def test_an_email_is_used_once(self, frontdesk: Frontdesk, agent: Agent) -> None:
        with pytest.raises(Conflict):
            frontdesk.agents.create("Li@Shop.example", "Li", Role.AGENT, PASSWORD)

    @pytest.mark.parametrize("email", ["", "x", "a@b", "a b@c.de", "@c.de"])
    def test_what_is_no_email_is_refused(self, frontdesk: Frontdesk, email: str) -> None:
        with pytest.raises(Invalid):
            frontdesk.agents.create(email, "Li", Role.AGENT, PASSWORD)

    def test_a_short_password_is_refused(self, frontdesk: Frontdesk) -> None:
        with pytest.raises(Invalid):
            frontdesk.agents.create("li@shop.example", "Li", Role.AGENT, "short")

    def test_the_first_administrator_is_made_once(self, frontdesk: Frontdesk) -> None:
        assert frontdesk.agents.create_first_admin("a@shop.example", PASSWORD)
        assert frontdesk.agents.create_first_admin("b@shop.example", PASSWORD) is None
