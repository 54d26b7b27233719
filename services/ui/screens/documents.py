"""The documents of a knowledge base: upload, watch, fetch, delete."""

import os
import time
from collections.abc import Callable
from html import escape

import streamlit as st

from services.ui import problems, staff, windows
from services.ui.browser import clock_time, say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.links import web_link
from services.ui.screens import expiry, tagging

UPLOAD_LIMIT_MB = int(os.environ.get("FRONTDESK_UPLOAD_LIMIT_MB", "50"))
FILE_TYPES = [
    *("txt", "md", "html", "htm", "pdf", "docx", "xlsx", "csv", "tsv"),
    *("pptx", "doc", "xls", "ppt", "odt", "ods", "odp", "rtf"),
    *("eml", "msg", "epub", "json", "jsonl", "zip", "png", "jpg", "jpeg", "tif", "tiff", "webp", "bmp"),
]
"""Those that the api takes."""
STAGES = ("parse", "chunk", "embed", "write")
WATCH_SECONDS = 1.0


def show(api: Staff, base: Json) -> None:
    """The tab: the uploader for administrators, then every document."""
    if staff.is_admin():
        _uploader(api, base)
    documents = api.documents(base["id"])
    if not documents:
        st.html(f'<div class="fd-empty">{say("documents.none")}</div>')
        return
    _list(api, base, documents)


def _uploader(api: Staff, base: Json) -> None:
    # A fresh key empties the uploader once its files have been passed on.
    round_ = st.session_state.setdefault("upload-round", 0)
    with st.container(key="upload", gap="small"):
        with st.expander(say("tags.for_new"), key="upload-marks", type="compact"):
            tags = tagging.ask(api, base, [], f"upload-tags-{base['id']}")
        files = st.file_uploader(
            say("documents.upload", limit=UPLOAD_LIMIT_MB),
            type=FILE_TYPES,
            accept_multiple_files=True,
            max_upload_size=UPLOAD_LIMIT_MB,
            key=f"upload-{round_}",
        )
    for refusal in st.session_state.get("upload-refusals", []):
        st.warning(refusal, icon=":material/error:")
    if not files:
        return
    refusals = []
    bar = st.progress(0.0)
    for number, file in enumerate(files):
        bar.progress(number / len(files), say("documents.uploading", name=file.name))
        try:
            api.upload(base["id"], file.name, file, tags)
        except ApiError as error:
            refusals.append(say("documents.refused", name=file.name, reason=problems.sentence(error)))
    st.session_state["upload-refusals"] = refusals
    st.session_state["upload-round"] = round_ + 1
    st.rerun()


def _list(api: Staff, base: Json, documents: list[Json]) -> None:
    # When all is done the whole page runs again, which would interrupt whoever writes in a window.
    watched = _in_progress(documents) and not windows.is_open()
    drawn_at = time.monotonic()

    @st.fragment(run_every=WATCH_SECONDS if watched else None)
    def rows() -> None:
        shown = documents
        if time.monotonic() - drawn_at > WATCH_SECONDS / 2:
            try:
                shown = api.documents(base["id"])
            except Unreachable:
                problems.show_reconnecting()
            except ApiError:
                # The whole page asks again, and says what is wrong in its own place.
                st.rerun()
        if _in_progress(shown) != _in_progress(documents):
            st.rerun()
        with st.container(key="documents", gap=None):
            for document in shown:
                _row(api, document)

    rows()


def _in_progress(documents: list[Json]) -> bool:
    return any(document["status"] in ("queued", "working") for document in documents)


def _row(api: Staff, document: Json) -> None:
    with st.container(
        key=f"document-{document['id']}", horizontal=True, wrap=False, vertical_alignment="center", gap="small"
    ):
        st.html(_summary(document), width="stretch")
        with st.popover(
            say("documents.menu"),
            icon=":material/more_horiz:",
            type="tertiary",
            key=f"document-menu-{document['id']}-{windows.menu_round()}",
        ):
            st.download_button(
                say("documents.download"),
                data=lambda: api.document_file(document["id"]),
                file_name=document["name"],
                icon=":material/download:",
                on_click="ignore",
                key=f"download-{document['id']}",
                width="stretch",
            )
            if st.button(
                say("passages.menu"), key=f"passages-{document['id']}", icon=":material/segment:", width="stretch"
            ):
                windows.open_window("document-passages", document)
            if st.button(
                say("pictures.menu"), key=f"pictures-{document['id']}", icon=":material/image:", width="stretch"
            ):
                windows.open_window("document-pictures", document)
            if staff.is_admin() and document["status"] == "removed":
                _ways_to_go(document)
            elif staff.is_admin():
                _changes(api, document)


def _ways_to_go(document: Json) -> None:
    """What can be done about a document that leaves with the next version."""
    if st.button(say("documents.keep"), key=f"keep-{document['id']}", icon=":material/undo:", width="stretch"):
        windows.open_window("discard")
    if st.button(
        say("documents.delete_now"), key=f"delete-{document['id']}", icon=":material/delete:", width="stretch"
    ):
        windows.open_window("document-deletion", document)


def _changes(api: Staff, document: Json) -> None:
    verbs: dict[str, tuple[str, str, Callable[[str], Json]]] = {
        "queued": ("pause", ":material/pause:", api.pause_document),
        "working": ("pause", ":material/pause:", api.pause_document),
        "paused": ("go_on", ":material/play_arrow:", api.retry_document),
        "failed": ("retry", ":material/refresh:", api.retry_document),
    }
    if document["status"] in verbs:
        name, icon, verb = verbs[document["status"]]
        st.button(
            say(f"documents.{name}"),
            key=f"{name}-{document['id']}",
            icon=icon,
            width="stretch",
            on_click=_attempt,
            args=(verb, document["id"]),
        )
    if st.button(say("expiry.title"), key=f"expiry-{document['id']}", icon=":material/event:", width="stretch"):
        windows.open_window("document-expiry", document)
    if st.button(say("tags.title"), key=f"tags-{document['id']}", icon=":material/label:", width="stretch"):
        windows.open_window("document-tags", document)
    if st.button(
        say("documents.delete"), key=f"delete-{document['id']}", icon=":material/delete:", width="stretch"
    ):
        windows.open_window("document-deletion", document)


def _attempt(verb: Callable[[str], Json], document_id: str) -> None:
    problems.attempt(lambda: verb(document_id))


def _summary(document: Json) -> str:
    extension = document["name"].rpartition(".")[2].lower()
    meta = [_size(document["size"]), clock_time(document["updated_at"])]
    if document["passages"]:
        meta.insert(0, say("documents.passages", count=document["passages"]))
    link = web_link(document["url"])
    extension = escape(extension)
    return (
        f'<div class="fd-document"><span class="fd-icon fd-type-{extension}">{extension}</span><div>'
        f'<div class="fd-document-name">{escape(document["name"])}{_badge(document["status"])}'
        f'{expiry.badge(document)}{tagging.badges(document)}</div><div class="fd-meta">{" · ".join(meta)}</div>'
        f"{f'<div class=fd-meta>{link}</div>' if link else ''}{_progress(document)}</div></div>"
    )


def _badge(status: str) -> str:
    return f'<span class="fd-badge fd-badge-{status}">{say(f"document_status.{status}")}</span>'


def _progress(document: Json) -> str:
    if document["status"] == "failed" and document["error"]:
        return f'<div class="fd-failure">{escape(problems.stored_sentence(document["error"]))}</div>'
    if document["status"] != "working":
        return ""
    share = 100 * (document["progress"] or 0.0)
    stage = document["stage"]
    words = say("stage.step", name=say(f"stage.{stage}"), step=STAGES.index(stage) + 1) if stage else ""
    left = document["remaining_seconds"]
    if left is not None:
        words += " · " + _time_left(left)
    return (
        f'<div class="fd-progress" role="progressbar" aria-valuenow="{share:.0f}" aria-valuemin="0" '
        f'aria-valuemax="100"><i style="width:{share:.0f}%"></i></div><div class="fd-meta">{words}</div>'
    )


def _time_left(seconds: float) -> str:
    if seconds < 90:
        return say("documents.seconds_left", seconds=max(1, round(seconds)))
    return say("documents.minutes_left", minutes=round(seconds / 60))


def _size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, round(size / 1024))} KB"
