"""What the screens ask the api: one method per use."""

from collections.abc import Sequence
from urllib.parse import quote

from services.ui.assistance_client import Assistance
from services.ui.caller import Caller, Json
from services.ui.growth_client import Growth
from services.ui.knowledge_client import Knowledge
from services.ui.passing_client import Passing
from services.ui.people_client import People
from services.ui.quality_client import Quality
from services.ui.reports_client import Reports
from services.ui.topics_client import Topics

# The shop's name is wanted before anything can be drawn; a page without it is better than none.
GREETING_SECONDS = 2.0


class Contact(Caller):
    """What the person asking may do."""

    def inbox(self) -> Json:
        return self.call("GET", "/v1/inbox", timeout=GREETING_SECONDS)

    def conversations(self) -> list[Json]:
        return self.items("GET", "/v1/conversations", "conversations")

    def start(self, language: str) -> Json:
        return self.call("POST", "/v1/conversations", json={"language": language})

    def conversation(self, conversation_id: str) -> Json:
        return self.call("GET", f"/v1/conversations/{conversation_id}")

    def say(self, conversation_id: str, text: str, key: str) -> Json:
        path = f"/v1/conversations/{conversation_id}/messages"
        return self.call("POST", path, json={"text": text}, headers={"Idempotency-Key": key})

    def say_with_files(self, conversation_id: str, text: str, files: Sequence[tuple[str, bytes]], key: str) -> Json:
        """Files by name, and a text that may be empty, as one message."""
        return self.send_files(f"/v1/conversations/{conversation_id}/files", text, files, key)

    def files_limits(self) -> Json:
        """How many files may go with a message, how large and of which kinds."""
        limits: Json = self.call("GET", "/v1/widget", timeout=GREETING_SECONDS)["files"]
        return limits

    def ask_for_person(self, conversation_id: str) -> Json:
        return self.call("POST", f"/v1/conversations/{conversation_id}/handoff")

    def standing(self, conversation_id: str) -> Json:
        """The place in the queue."""
        return self.call("GET", f"/v1/conversations/{conversation_id}/queue")

    def leave_word(self, conversation_id: str, word: Json) -> None:
        """How to be called back: `name`, `email`, `phone`, `wish`."""
        self.call("PUT", f"/v1/conversations/{conversation_id}/callback", json=word)

    def be_seen_to_write(self, conversation_id: str) -> None:
        """The contact is writing."""
        self.call("POST", f"/v1/conversations/{conversation_id}/typing")

    def rate(self, conversation_id: str, message_id: str, value: str | None, reason: str | None) -> Json:
        path = f"/v1/conversations/{conversation_id}/messages/{message_id}/rating"
        return self.call("PUT", path, json={"value": value, "reason": reason})

    def give_survey(self, conversation_id: str, score: int, words: str | None) -> Json:
        """How it went, from 1 to 5."""
        path = f"/v1/conversations/{conversation_id}/survey"
        survey: Json = self.call("PUT", path, json={"score": score, "words": words})["survey"]
        return survey


class Staff(Knowledge, Quality, Reports, People, Passing, Assistance, Topics, Growth):
    """What agents and administrators may do; the api decides which."""

    def sign_in(self, email: str, password: str) -> Json:
        return self.call("POST", "/v1/sessions", json={"email": email, "password": password})

    def sign_out(self) -> None:
        self.call("DELETE", "/v1/sessions/current")

    def me(self) -> Json:
        agent: Json = self.call("GET", "/v1/me")["agent"]
        return agent

    def desk(self, view: str, limit: int = 50) -> Json:
        return self.call("GET", "/v1/desk/conversations", params={"view": view, "limit": limit})

    def desk_conversation(self, conversation_id: str) -> Json:
        return self.call("GET", f"/v1/desk/conversations/{conversation_id}")

    def move(self, conversation_id: str, verb: str, seen: str) -> Json:
        """Claim, return or resolve a conversation, as it was at the event `seen`."""
        return self.call("POST", f"/v1/desk/conversations/{conversation_id}/{verb}", params={"seen": seen})

    def reply(self, conversation_id: str, text: str, key: str) -> Json:
        path = f"/v1/desk/conversations/{conversation_id}/messages"
        return self.call("POST", path, json={"text": text}, headers={"Idempotency-Key": key})

    def reply_with_files(
        self, conversation_id: str, text: str, files: Sequence[tuple[str, bytes]], key: str
    ) -> Json:
        """Files by name, and a text that may be empty, as one message."""
        return self.send_files(f"/v1/desk/conversations/{conversation_id}/files", text, files, key)

    def inbox_bases(self) -> Json:
        """What the web chat answers from: the ids of knowledge bases, and the tags to which it is restricted."""
        return self.call("GET", "/v1/inbox/knowledge-bases")

    def answer_from(self, base_ids: list[str], tags: list[str]) -> None:
        self.call("PUT", "/v1/inbox/knowledge-bases", json={"knowledge_base_ids": base_ids, "tags": tags})

    def sensitive_topics(self) -> Json:
        """What the web chat leaves to people: the built-in topics, and its own words."""
        return self.call("GET", "/v1/inbox/sensitive-topics")

    def leave_to_people(self, off: list[str], words: list[str]) -> None:
        """The built-in topics but those that are `off`, and these words."""
        self.call("PUT", "/v1/inbox/sensitive-topics", json={"off": off, "words": words})

    def widget(self) -> Json:
        """How the chat looks on websites, which of them may show it, and the identity secret."""
        return self.call("GET", "/v1/inbox/widget")

    def change_widget(self, setup: Json) -> Json:
        return self.call("PUT", "/v1/inbox/widget", json=setup)

    def renew_widget_secret(self) -> Json:
        """Make the identity secret, or a new one, so that the old one counts no more."""
        return self.call("POST", "/v1/inbox/widget/identity-secret")

    def drop_widget_secret(self) -> None:
        self.call("DELETE", "/v1/inbox/widget/identity-secret")


def file_path(conversation_id: str, attachment_id: str, *, desk: bool) -> str:
    """Where a file of a message is read, by the contact or at the desk."""
    return f"/v1/{'desk/' if desk else ''}conversations/{conversation_id}/files/{attachment_id}"


def events_path(conversation_id: str, *, desk: bool) -> str:
    """Where a conversation's events are followed, from the staff's side or the contact's."""
    return f"/v1/{'desk/' if desk else ''}conversations/{quote(conversation_id)}/events"


def picture_path(picture_id: str, conversation_id: str | None = None) -> str:
    """Where a picture is read: by the staff, or by the contact of a conversation in which it was cited."""
    folder = f"/v1/conversations/{quote(conversation_id)}" if conversation_id else "/v1"
    return f"{folder}/pictures/{quote(picture_id)}"
