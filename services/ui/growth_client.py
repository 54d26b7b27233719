"""What staff asks the api of gaps in the knowledge and of drafts that close them: one method per use."""

from services.ui.caller import VERSION_SECONDS, Caller, Json


class Growth(Caller):
    """As somebody of the staff."""

    def gaps(self, base_id: str, state: str, offset: int, limit: int) -> Json:
        """Those in this state, what is asked most first."""
        params = {"state": state, "offset": offset, "limit": limit}
        return self.call("GET", f"/v1/knowledge-bases/{base_id}/gaps", params=params)

    def gap(self, gap_id: str) -> Json:
        """With its newest questions and its drafts."""
        return self.call("GET", f"/v1/gaps/{gap_id}")

    def change_gap(self, gap_id: str, **changes: str | None) -> None:
        """Another `state` or `assignee_id`."""
        self.call("PATCH", f"/v1/gaps/{gap_id}", json=changes)

    def draft_for_gap(self, gap_id: str, answer: str | None) -> Json:
        """From what was asked, and what an agent answered unless there is an answer here."""
        made: Json = self.call("POST", f"/v1/gaps/{gap_id}/drafts", json={"answer": answer})["draft"]
        return made

    def draft_from_conversation(self, conversation_id: str) -> Json:
        """From what an agent answered in it."""
        made: Json = self.call("POST", f"/v1/desk/conversations/{conversation_id}/drafts")["draft"]
        return made

    def drafts(self, base_id: str) -> list[Json]:
        """The newest that nobody threw away."""
        found: list[Json] = self.call("GET", f"/v1/knowledge-bases/{base_id}/drafted-entries")["drafts"]
        return found

    def draft(self, draft_id: str) -> Json:
        """Beside what the knowledge base says about the same."""
        return self.call("GET", f"/v1/drafted-entries/{draft_id}", timeout=VERSION_SECONDS)

    def rewrite_draft(self, draft_id: str, questions: list[str], answer: str) -> None:
        self.call("PATCH", f"/v1/drafted-entries/{draft_id}", json={"questions": questions, "answer": answer})

    def prove_draft(self, draft_id: str) -> None:
        self.call("POST", f"/v1/drafted-entries/{draft_id}/proof")

    def accept_draft(self, draft_id: str, note: str | None) -> None:
        """Make an entry of it; with a note although its proof does not pass."""
        self.call("POST", f"/v1/drafted-entries/{draft_id}/accept", json={"note": note})

    def drop_draft(self, draft_id: str) -> None:
        self.call("DELETE", f"/v1/drafted-entries/{draft_id}")
