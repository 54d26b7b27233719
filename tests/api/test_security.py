"""Who may come in, for how long, how often, and what is given away."""

from collections.abc import Callable

import httpx
import pytest

from frontdesk.agents import Agent as DomainAgent
from frontdesk.bootstrap import Frontdesk
from frontdesk.settings import Settings
from tests.api.people import Agent, Contact, error_of, refused, sign_in
from tests.conftest import PASSWORD, bearer, free_ports


class TestSessions:
    def test_the_right_password_opens_a_session(self, li: Agent) -> None:
        assert li.get("/me")["agent"] == {
            "id": li.id,
            "email": "li@shop.example",
            "name": "Li Ming",
            "role": "agent",
            "active": True,
            "capacity": 5,
            "away": False,
            "presence": "off",
            "seen_at": None,
        }

    def test_a_wrong_password_and_an_unknown_email_look_alike(self, api: httpx.Client, agent: DomainAgent) -> None:
        wrong, unknown = sign_in(api, agent.email, "not the password"), sign_in(api, "nobody@shop.example")
        assert refused(wrong, 401) == "wrong_credentials"
        assert wrong.json() == unknown.json()

    def test_signing_out_ends_this_session_only(self, li: Agent) -> None:
        elsewhere = Agent(li.api, "li@shop.example")
        assert li.send("DELETE", "/sessions/current").status_code == 204
        assert refused(li.send("GET", "/me"), 401) == "session_ended"
        assert elsewhere.send("GET", "/me").status_code == 200

    def test_a_session_ends_by_itself(self, serve: Callable[..., httpx.Client], agent: DomainAgent) -> None:
        li = Agent(serve(session_hours=0), agent.email)
        assert refused(li.send("GET", "/me"), 401) == "session_ended"

    @pytest.mark.parametrize("change", [{"password": "another password"}, {"role": "admin"}, {"active": False}])
    def test_another_password_role_or_a_leave_ends_every_session(
        self, li: Agent, boss: Agent, change: dict[str, object]
    ) -> None:
        assert boss.send("PATCH", f"/agents/{li.id}", json=change).status_code == 200
        assert refused(li.send("GET", "/me"), 401) == "session_ended"

    def test_who_has_left_can_not_sign_in(self, boss: Agent, li: Agent) -> None:
        boss.send("PATCH", f"/agents/{li.id}", json={"active": False}).raise_for_status()
        assert refused(sign_in(boss.api, "li@shop.example"), 401) == "wrong_credentials"


class TestAccounts:
    def test_an_administrator_adds_an_agent_who_can_sign_in(self, boss: Agent) -> None:
        new = {"email": "New@Shop.example ", "name": "Zhao Lei", "role": "agent", "password": PASSWORD}
        created = boss.post("/agents", new)
        assert created.status_code == 201
        assert Agent(boss.api, "new@shop.example").get("/me") == created.json()
        assert refused(boss.post("/agents", new), 409) == "email_taken"

    def test_a_short_password_is_refused(self, boss: Agent) -> None:
        new = {"email": "new@shop.example", "name": "Zhao Lei", "role": "agent", "password": "short"}
        assert refused(boss.post("/agents", new), 422) == "password_too_short"

    @pytest.mark.parametrize("change", [{"role": "agent"}, {"active": False}])
    def test_the_last_administrator_stays(self, boss: Agent, change: dict[str, object]) -> None:
        assert refused(boss.send("PATCH", f"/agents/{boss.id}", json=change), 409) == "last_admin"
        assert boss.get("/me")["agent"]["role"] == "admin"


class TestRates:
    """Limits are counted in Redis, and by the api itself while Redis is away."""

    @pytest.fixture(params=[True, False], ids=["with Redis", "without Redis"])
    def limited(
        self,
        request: pytest.FixtureRequest,
        settings: Settings,
        serve: Callable[..., httpx.Client],
        frontdesk: Frontdesk,
    ) -> httpx.Client:
        """An api that allows three messages and five openings a minute."""
        redis_url = settings.redis_url if request.param else f"redis://127.0.0.1:{free_ports(1)[0]}"
        return serve(messages_per_minute=3, opens_per_minute=5, redis_url=redis_url)

    def test_a_contact_who_writes_too_much_is_told_when_to_go_on(self, limited: httpx.Client) -> None:
        contact = Contact(limited)
        answers = [contact.say(f"Hello {number}") for number in range(7)]
        assert answers[0].status_code == 202
        assert refused(answers[-1], 429) == "rate_limited"
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert Contact(limited).say("Hello").status_code == 202

    def test_an_address_opens_so_many_conversations(self, limited: httpx.Client) -> None:
        answers = [limited.post("/v1/conversations") for _ in range(11)]
        assert answers[0].status_code == 201
        assert refused(answers[-1], 429) == "rate_limited"

    def test_guessing_passwords_comes_to_an_end(self, limited: httpx.Client, agent: DomainAgent) -> None:
        def guess(number: int) -> httpx.Response:
            return sign_in(limited, "victim@shop.example", f"guess number {number}")

        answers = [guess(number) for number in range(21)]
        assert refused(answers[0], 401) == "wrong_credentials"
        assert refused(answers[-1], 429) == "rate_limited"
        assert sign_in(limited, agent.email).status_code == 201
        # Who goes on all the same, for whatever account, finds the door closed to the address.
        for number in range(121):
            guess(number)
        assert refused(sign_in(limited, agent.email), 429) == "rate_limited"


class TestWhatIsGivenAway:
    def test_an_uploaded_file_is_saved_and_never_shown(self, boss: Agent, knowledge_base_id: object) -> None:
        page = b"<html><body><script>alert(1)</script><p>Returns within 7 days.</p></body></html>"
        document = boss.upload(knowledge_base_id, 'a"b;\u9000.html', page).json()["document"]
        answer = boss.send("GET", f"/documents/{document['id']}/file")
        assert answer.content == page
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment;")

    def test_a_failure_of_ours_tells_nothing_of_the_inside(
        self, serve: Callable[..., httpx.Client], settings: Settings
    ) -> None:
        # A database without our tables: every statement fails in a way that nobody foresees.
        other = serve(database_url=settings.database_url.rpartition("/")[0] + "/postgres")
        answer = other.post("/v1/conversations")
        assert answer.status_code == 500
        assert error_of(answer)["message"] == "Something went wrong on our side."
        assert not [word for word in ("psycopg", "SELECT", "inboxes", "Traceback", "/") if word in answer.text]

    def test_without_a_database_one_is_asked_to_try_again(
        self, serve: Callable[..., httpx.Client], settings: Settings, contact: Contact
    ) -> None:
        away = serve(database_url=f"postgresql+psycopg2://nobody@127.0.0.1:{free_ports(1)[0]}/none")
        answer = away.get(f"/v1{contact.path}", headers=bearer(contact.token))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert error_of(answer)["code"] == "database_unavailable"
        assert "127.0.0.1" not in answer.text

    def test_other_sites_may_not_read_what_the_api_says(
        self, serve: Callable[..., httpx.Client], frontdesk: Frontdesk
    ) -> None:
        api = serve(allowed_origins="https://shop.example")
        ours = api.get("/v1/inbox", headers={"Origin": "https://shop.example"})
        theirs = api.get("/v1/inbox", headers={"Origin": "https://evil.example"})
        assert ours.headers["access-control-allow-origin"] == "https://shop.example"
        assert "access-control-allow-origin" not in theirs.headers
