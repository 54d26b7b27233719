"""What the staff asks the api for help with an answer: one method per use."""

from services.ui.caller import Caller, Json

# The desk is drawn when they are there; without an embedder or a reranker that hangs, that is at once.
SUGGESTION_SECONDS = 6.0


class Assistance(Caller):
    """As somebody of the staff."""

    def canned_responses(self) -> list[Json]:
        """As they were written; for administrators."""
        return self.items("GET", "/v1/canned-responses", "canned_responses")

    def add_canned(self, response: Json) -> None:
        self.call("POST", "/v1/canned-responses", json=response)

    def rewrite_canned(self, seen: Json, response: Json) -> None:
        """All of it anew, if it still is as it was in `seen`."""
        path = f"/v1/canned-responses/{seen['id']}"
        self.call("PUT", path, json=response | {"revision": seen["revision"]})

    def remove_canned(self, response_id: str) -> None:
        self.call("DELETE", f"/v1/canned-responses/{response_id}")

    def ready_responses(self, conversation_id: str, query: str = "") -> list[Json]:
        """Those that the agent may use, filled in for a conversation; with a query, what fits it, best first."""
        path = f"/v1/desk/conversations/{conversation_id}/canned-responses"
        return self.items("GET", path, "responses", params={"query": query[:200]})

    def suggestions(self, conversation_id: str) -> Json:
        """What could be answered to the words that wait."""
        path = f"/v1/desk/conversations/{conversation_id}/suggestions"
        return self.call("GET", path, timeout=SUGGESTION_SECONDS)

    def summary(self, conversation_id: str, language: str) -> Json | None:
        """What there is to know before one answers; None for a short conversation."""
        path = f"/v1/desk/conversations/{conversation_id}/summary"
        found: Json | None = self.call("GET", path, params={"language": language})["summary"]
        return found
