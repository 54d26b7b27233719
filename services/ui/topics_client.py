"""What staff asks the api of topics: one method per use."""

from services.ui.caller import Caller, Json


class Topics(Caller):
    """As somebody of the staff."""

    def topics(self) -> Json:
        """All topics, and how well they are recognised."""
        return self.call("GET", "/v1/topics")

    def topic(self, topic_id: str) -> Json:
        """A topic with its examples."""
        return self.call("GET", f"/v1/topics/{topic_id}")

    def add_topic(self, name: str, examples: list[str]) -> None:
        self.call("POST", "/v1/topics", json={"name": name, "examples": examples})

    def rename_topic(self, topic_id: str, name: str) -> None:
        self.call("PATCH", f"/v1/topics/{topic_id}", json={"name": name})

    def remove_topic(self, topic_id: str) -> None:
        self.call("DELETE", f"/v1/topics/{topic_id}")

    def teach_topic(self, topic_id: str, examples: list[str]) -> None:
        self.call("POST", f"/v1/topics/{topic_id}/examples", json={"examples": examples})

    def forget_example(self, topic_id: str, example_id: str) -> None:
        self.call("DELETE", f"/v1/topics/{topic_id}/examples/{example_id}")

    def merge_topic(self, topic_id: str, into_id: str) -> None:
        self.call("POST", f"/v1/topics/{topic_id}/merge", json={"into_id": into_id})

    def suggested_topics(self) -> list[Json]:
        return self.items("GET", "/v1/topics/suggestions", "suggestions")

    def adopt_tags(self, tags: list[str]) -> None:
        self.call("POST", "/v1/topics/adopt", json={"tags": tags})

    def try_topic(self, text: str) -> Json:
        return self.call("POST", "/v1/topics/try", json={"text": text})

    def triage(self, conversation_id: str) -> Json:
        """What a conversation is about, and how its contact feels."""
        return self.call("GET", f"/v1/desk/conversations/{conversation_id}/triage")

    def correct_topic(self, conversation_id: str, topic_id: str | None) -> None:
        self.call("PUT", f"/v1/desk/conversations/{conversation_id}/topic", json={"topic_id": topic_id})
