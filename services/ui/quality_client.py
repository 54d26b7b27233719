"""What staff asks the api of question sets, runs, replays and promises: one method per use."""

from typing import BinaryIO

from services.ui.caller import UPLOAD_SECONDS, VERSION_SECONDS, Caller, Json


class Quality(Caller):
    """As somebody of the staff."""

    def question_sets(self, base_id: str) -> list[Json]:
        return self.items("GET", f"/v1/knowledge-bases/{base_id}/question-sets", "question_sets")

    def add_question_set(self, base_id: str, name: str, variants: int | None) -> Json:
        """An empty set, or one of a way of asking for each of so many entries."""
        path = f"/v1/knowledge-bases/{base_id}/question-sets"
        made: Json = self.call("POST", path, json={"name": name, "variants": variants})["question_set"]
        return made

    def rename_question_set(self, set_id: str, name: str) -> None:
        self.call("PATCH", f"/v1/question-sets/{set_id}", json={"name": name})

    def remove_question_set(self, set_id: str) -> None:
        self.call("DELETE", f"/v1/question-sets/{set_id}")

    def questions(self, set_id: str, query: str, offset: int, limit: int) -> Json:
        params = {"query": query, "offset": offset, "limit": limit}
        return self.call("GET", f"/v1/question-sets/{set_id}/questions", params=params)

    def add_question(self, set_id: str, question: Json) -> None:
        self.call("POST", f"/v1/question-sets/{set_id}/questions", json=question)

    def change_question(self, question_id: str, question: Json) -> None:
        self.call("PUT", f"/v1/questions/{question_id}", json=question)

    def remove_question(self, question_id: str) -> None:
        self.call("DELETE", f"/v1/questions/{question_id}")

    def import_questions(self, set_id: str, name: str, content: BinaryIO, *, skip_bad_rows: bool) -> Json:
        """What became of the rows of a file."""
        path, params = f"/v1/question-sets/{set_id}/import-file", {"skip_bad_rows": skip_bad_rows}
        return self.call("POST", path, files={"file": (name, content)}, params=params, timeout=UPLOAD_SECONDS)

    def export_questions(self, set_id: str, file_format: str) -> bytes:
        return self.fetch(f"/v1/question-sets/{set_id}/export?format={file_format}")

    def label(self, conversation_id: str, message_id: str, chunk_id: str | None) -> None:
        """What should have come of a contact's question: an answer from this passage, or a person."""
        path = f"/v1/desk/conversations/{conversation_id}/messages/{message_id}/label"
        self.call("PUT", path, json={"chunk_id": chunk_id})

    def runs(self, base_id: str) -> list[Json]:
        return self.items("GET", f"/v1/knowledge-bases/{base_id}/runs", "runs")

    def run(self, run_id: str) -> Json:
        run: Json = self.call("GET", f"/v1/runs/{run_id}")["run"]
        return run

    def start_run(self, set_id: str, version: str, *, with_model: bool) -> Json:
        """Put a set to the `published` version or the `draft`; with the model, it writes the replies."""
        body = {"version": version, "with_model": with_model}
        return self.call("POST", f"/v1/question-sets/{set_id}/runs", json=body)

    def replays(self, base_id: str) -> Json:
        """The replays, the one that shows the draft as it is now, and how many questions there are to put."""
        return self.call("GET", f"/v1/knowledge-bases/{base_id}/replays")

    def start_replay(self, base_id: str, set_id: str | None = None) -> Json:
        """Put what contacts asked lately, or a set, to what is published and to the draft."""
        path = f"/v1/knowledge-bases/{base_id}/replays"
        return self.call("POST", path, json={"question_set_id": set_id})

    def outcomes(self, run_id: str, results: list[str], offset: int, limit: int) -> Json:
        params = {"result": results, "offset": offset, "limit": limit}
        return self.call("GET", f"/v1/runs/{run_id}/outcomes", params=params)

    def compare_runs(self, run_id: str, other_id: str) -> Json:
        return self.call("GET", f"/v1/runs/{run_id}/compare", params={"other_id": other_id})

    def stop_run(self, run_id: str) -> None:
        self.call("POST", f"/v1/runs/{run_id}/stop")

    def remove_run(self, run_id: str) -> None:
        self.call("DELETE", f"/v1/runs/{run_id}")

    def rerun_decisions(self, base_id: str) -> Json:
        """Stored decisions decided again."""
        return self.call("POST", f"/v1/knowledge-bases/{base_id}/decisions/rerun", timeout=VERSION_SECONDS)

    def calibration(self, base_id: str) -> Json:
        """How many answers may be wrong, what a knowledge base was calibrated to, and what was asked since."""
        return self.call("GET", f"/v1/knowledge-bases/{base_id}/calibration")

    def aim(self, base_id: str, target: Json) -> Json:
        """Allow another share of wrong answers; as `calibration`, before it is calibrated to that."""
        return self.call("PUT", f"/v1/knowledge-bases/{base_id}/error-target", json=target)

    def calibrate(self, base_id: str) -> None:
        """Have it calibrated anew, soon."""
        self.call("POST", f"/v1/knowledge-bases/{base_id}/calibrations")
