"""What staff asks the api of knowledge bases and of all that lies in them: one method per use."""

from typing import BinaryIO

from services.ui.caller import UPLOAD_SECONDS, VERSION_SECONDS, Caller, Json

# The api asks a website or a database meanwhile, and may have to wait for its robots.txt first.
PREVIEW_SECONDS = 30.0
# The api may have to wait for another search or another file before it begins with this one.
SEARCH_SECONDS = 90.0
# A reply may take as long as the patience of a contact, and a moment more.
REHEARSAL_SECONDS = 60.0


class Knowledge(Caller):
    """As somebody of the staff."""

    def knowledge_bases(self) -> list[Json]:
        return self.items("GET", "/v1/knowledge-bases", "knowledge_bases")

    def add_base(self, name: str) -> Json:
        base: Json = self.call("POST", "/v1/knowledge-bases", json={"name": name})["knowledge_base"]
        return base

    def rename_base(self, base_id: str, name: str) -> None:
        self.call("PATCH", f"/v1/knowledge-bases/{base_id}", json={"name": name})

    def remove_base(self, base_id: str) -> None:
        self.call("DELETE", f"/v1/knowledge-bases/{base_id}", timeout=VERSION_SECONDS)

    def base_staff(self, base_id: str) -> list[str] | None:
        """The agents who see a knowledge base; None: all of the staff."""
        agent_ids: list[str] | None = self.call("GET", f"/v1/knowledge-bases/{base_id}/staff")["agent_ids"]
        return agent_ids

    def open_base_to(self, base_id: str, agent_ids: list[str] | None) -> None:
        self.call("PUT", f"/v1/knowledge-bases/{base_id}/staff", json={"agent_ids": agent_ids})

    def tags(self, base_id: str) -> list[str]:
        """Those that documents and entries have."""
        tags: list[str] = self.call("GET", f"/v1/knowledge-bases/{base_id}/tags")["tags"]
        return tags

    def documents(self, base_id: str) -> list[Json]:
        return self.items("GET", f"/v1/knowledge-bases/{base_id}/documents", "documents")

    def upload(self, base_id: str, name: str, content: BinaryIO, tags: list[str]) -> Json:
        """Without tags, a document that is replaced keeps its own."""
        path = f"/v1/knowledge-bases/{base_id}/documents"
        return self.call(
            "POST", path, files={"file": (name, content)}, params={"tags": tags}, timeout=UPLOAD_SECONDS
        )

    def document_file(self, document_id: str) -> bytes:
        return self.fetch(f"/v1/documents/{document_id}/file")

    def document_pictures(self, document_id: str) -> list[Json]:
        return self.items("GET", f"/v1/documents/{document_id}/pictures", "pictures")

    def pause_document(self, document_id: str) -> Json:
        return self.call("POST", f"/v1/documents/{document_id}/pause")

    def retry_document(self, document_id: str) -> Json:
        return self.call("POST", f"/v1/documents/{document_id}/retry")

    def document(self, document_id: str) -> Json:
        document: Json = self.call("GET", f"/v1/documents/{document_id}")["document"]
        return document

    def expire_document(self, document_id: str, expires_at: str | None) -> Json:
        return self.call("PATCH", f"/v1/documents/{document_id}", json={"expires_at": expires_at})

    def tag_document(self, document_id: str, tags: list[str]) -> Json:
        return self.call("PATCH", f"/v1/documents/{document_id}", json={"tags": tags})

    def delete_document(self, document_id: str, *, at_once: bool) -> None:
        """Gone this moment, or with the next version."""
        self.call("DELETE", f"/v1/documents/{document_id}", params={"at_once": at_once})

    def passage(self, chunk_id: str) -> Json:
        """A passage with what stands around it."""
        passage: Json = self.call("GET", f"/v1/passages/{chunk_id}")["passage"]
        return passage

    def document_passages(self, document_id: str, offset: int, limit: int) -> Json:
        params = {"offset": offset, "limit": limit}
        return self.call("GET", f"/v1/documents/{document_id}/passages", params=params)

    def preview_document(self, document_id: str, size: int, overlap: int) -> Json:
        """What a document would be cut into, with sizes in tokens."""
        params = {"size": size, "overlap": overlap}
        return self.call("GET", f"/v1/documents/{document_id}/preview", params=params, timeout=SEARCH_SECONDS)

    def cut_document(self, document_id: str, chunking: Json | None) -> Json:
        """Have a document cut otherwise, None: as usual."""
        return self.call("PATCH", f"/v1/documents/{document_id}", json={"chunking": chunking})

    def duplicates(self, base_id: str, offset: int, limit: int) -> Json:
        path = f"/v1/knowledge-bases/{base_id}/duplicates"
        return self.call("GET", path, params={"offset": offset, "limit": limit}, timeout=SEARCH_SECONDS)

    def entries(self, base_id: str, query: str, offset: int, limit: int) -> Json:
        params = {"query": query, "offset": offset, "limit": limit}
        return self.call("GET", f"/v1/knowledge-bases/{base_id}/entries", params=params)

    def add_entry(self, base_id: str, entry: Json) -> Json:
        return self.call("POST", f"/v1/knowledge-bases/{base_id}/entries", json=entry)

    def paste_entries(self, base_id: str, text: str, marks: Json) -> list[Json]:
        """`marks` are the tags and the last moment of what is new."""
        path = f"/v1/knowledge-bases/{base_id}/entries/import"
        return self.items("POST", path, "entries", json={"text": text} | marks)

    def import_entries(
        self, base_id: str, name: str, content: BinaryIO, marks: Json, *, skip_bad_rows: bool
    ) -> Json:
        """What became of the rows of a file."""
        path = f"/v1/knowledge-bases/{base_id}/entries/import-file"
        params = {"skip_bad_rows": skip_bad_rows} | {name: value for name, value in marks.items() if value}
        return self.call("POST", path, files={"file": (name, content)}, params=params, timeout=UPLOAD_SECONDS)

    def export_entries(self, base_id: str, file_format: str) -> bytes:
        return self.fetch(f"/v1/knowledge-bases/{base_id}/entries/export?format={file_format}")

    def change_entry(self, entry_id: str, change: Json) -> Json:
        """Only what is in `change` becomes different."""
        return self.call("PATCH", f"/v1/entries/{entry_id}", json=change)

    def delete_entry(self, entry_id: str, *, at_once: bool) -> None:
        """Gone this moment, or with the next version."""
        self.call("DELETE", f"/v1/entries/{entry_id}", params={"at_once": at_once})

    def versions(self, base_id: str, limit: int, before: int | None = None) -> Json:
        """Some versions, newest first, below the number `before`; and what waits to be published."""
        params = {"limit": limit} | ({} if before is None else {"before": before})
        return self.call("GET", f"/v1/knowledge-bases/{base_id}/versions", params=params)

    def compare(self, base_id: str, before: int, after: int) -> Json:
        """What is different in the version `after`; the draft has its number, too."""
        path = f"/v1/knowledge-bases/{base_id}/versions/compare"
        return self.call("GET", path, params={"before": before, "after": after}, timeout=VERSION_SECONDS)

    def gather_changes(self, base_id: str, drafting: bool) -> Json:
        """Have changes wait in a draft, or publish those that wait and all that come."""
        path = f"/v1/knowledge-bases/{base_id}/draft"
        return self.call("PUT", path, json={"drafting": drafting}, timeout=VERSION_SECONDS)

    def publish(self, base_id: str, note: str | None) -> Json:
        path = f"/v1/knowledge-bases/{base_id}/versions"
        return self.call("POST", path, json={"note": note}, timeout=VERSION_SECONDS)

    def discard_draft(self, base_id: str) -> None:
        self.call("DELETE", f"/v1/knowledge-bases/{base_id}/draft", timeout=VERSION_SECONDS)

    def roll_back(self, base_id: str, number: int) -> Json:
        path = f"/v1/knowledge-bases/{base_id}/versions/{number}/restore"
        return self.call("POST", path, timeout=VERSION_SECONDS)

    def feeds(self, base_id: str) -> Json:
        """The feeds of a knowledge base, and the names of the databases that a query may ask."""
        return self.call("GET", f"/v1/knowledge-bases/{base_id}/feeds")

    def preview_feed(self, base_id: str, source: Json) -> Json:
        path = f"/v1/knowledge-bases/{base_id}/feeds/preview"
        return self.call("POST", path, json={"source": source}, timeout=PREVIEW_SECONDS)

    def add_feed(self, base_id: str, feed: Json) -> Json:
        return self.call("POST", f"/v1/knowledge-bases/{base_id}/feeds", json=feed)

    def change_feed(self, feed_id: str, change: Json) -> Json:
        return self.call("PATCH", f"/v1/feeds/{feed_id}", json=change)

    def run_feed(self, feed_id: str) -> Json:
        return self.call("POST", f"/v1/feeds/{feed_id}/run")

    def stop_feed(self, feed_id: str) -> Json:
        return self.call("POST", f"/v1/feeds/{feed_id}/stop")

    def remove_feed(self, feed_id: str, documents: bool) -> None:
        self.call("DELETE", f"/v1/feeds/{feed_id}", params={"documents": documents}, timeout=UPLOAD_SECONDS)

    def feed_pages(self, feed_id: str, outcome: str | None, offset: int, limit: int) -> Json:
        params = {"offset": offset, "limit": limit} | ({"outcome": outcome} if outcome else {})
        return self.call("GET", f"/v1/feeds/{feed_id}/pages", params=params)

    def search(self, base_id: str, query: str, tags: list[str], *, draft: bool) -> Json:
        """What the assistant would do with this question, now or from the draft: a decision record."""
        path = f"/v1/knowledge-bases/{base_id}/search"
        return self.call("POST", path, json={"query": query, "draft": draft, "tags": tags})

    def rehearse(self, base_id: str, messages: list[Json], version: str, tags: list[str], language: str) -> Json:
        """What a contact would get next, and why; nobody gets it."""
        path = f"/v1/knowledge-bases/{base_id}/rehearsals"
        body = {"messages": messages, "version": version, "tags": tags, "language": language}
        return self.call("POST", path, json=body, timeout=REHEARSAL_SECONDS)
