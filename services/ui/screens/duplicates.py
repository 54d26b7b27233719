"""What the knowledge says twice: several answers to one question first, then the same text in several places."""

from html import escape

import streamlit as st

from services.ui import differences, staff, windows
from services.ui.browser import say
from services.ui.bubbles import place
from services.ui.caller import Json
from services.ui.client import Staff

PER_PAGE = 10
SHOWN_PLACES = 4


def show(api: Staff, base: Json) -> None:
    """The tab: groups of places that say the same, with what can be done about each."""
    page = st.session_state.get("duplicates-page", 1)
    with st.spinner(say("duplicates.searching")):
        found = api.duplicates(base["id"], (page - 1) * PER_PAGE, PER_PAGE)
    st.html(f'<div class="fd-meta fd-duplicates-lead">{say("duplicates.lead")}</div>')
    if not found["complete"]:
        st.html(f'<div class="fd-hint">{say("duplicates.incomplete")}</div>')
    if not found["total"]:
        st.html(f'<div class="fd-empty">{say("duplicates.none")}</div>')
        return
    for duplicate in found["duplicates"]:
        if duplicate["places"]:
            _group(duplicate)
    pages = -(-found["total"] // PER_PAGE)
    if pages > 1:
        st.pagination(pages, key="duplicates-page")


def _group(duplicate: Json) -> None:
    places = duplicate["places"]
    with st.container(key=f"duplicate-{places[0]['chunk_id']}-{duplicate['kind']}", border=True, gap="small"):
        st.html(_heading(duplicate))
        for one in places[:SHOWN_PLACES]:
            _place(one, places[0]["text"])
        if duplicate["sources"] > SHOWN_PLACES:
            more = say("duplicates.more", count=duplicate["sources"] - SHOWN_PLACES)
            st.html(f'<div class="fd-meta">{more}</div>')


def _heading(duplicate: Json) -> str:
    kind = duplicate["kind"]
    percent = int(100 * duplicate["likeness"])
    if kind != "same_text":
        lead = say(f"duplicates.{kind}_lead")
    elif duplicate["texts"] > 1:
        lead = say("duplicates.texts", count=duplicate["texts"])
    else:
        lead = say("duplicates.exact") if percent == 100 else say("duplicates.alike", percent=percent)
    badge = f'<span class="fd-badge fd-duplicate-{kind}">{say(f"duplicates.{kind}")}</span>'
    return f'<div class="fd-duplicate-head">{badge}<span class="fd-meta">{lead}</span></div>'


def _place(one: Json, first: str) -> None:
    with st.container(
        key=f"place-{one['chunk_id']}", horizontal=True, wrap=False, vertical_alignment="top", gap="xsmall"
    ):
        where = place(one)
        st.html(
            f'<div class="fd-place"><b>{escape(one["title"])}</b>'
            f"{f'<div class=fd-meta>{escape(where)}</div>' if where else ''}"
            f'<div class="fd-place-text">{_marked(one["text"], first)}</div></div>',
            width="stretch",
        )
        if one["entry_id"]:
            _entry_verbs(one)
        else:
            _document_verbs(one)


def _marked(text: str, first: str) -> str:
    """The text, with what the first one of its group does not have marked; one that is quite different is not."""
    pieces = differences.pieces(first, text)
    if all(piece.kind != "same" for piece in pieces):
        return escape(text)
    words = {"same": "{}", "added": "<mark>{}</mark>", "removed": ""}
    return "".join(words[piece.kind].format(escape(piece.text)) for piece in pieces)


def _entry_verbs(one: Json) -> None:
    if not staff.is_admin():
        return
    entry = {
        "id": one["entry_id"],
        "questions": one["questions"],
        "answer": one["text"],
        "expires_at": one["expires_at"],
        "tags": one["tags"],
    }
    if _verb("entries.edit", f"edit-twin-{one['chunk_id']}", "edit"):
        windows.open_window("entry", entry)
    if _verb("entries.delete", f"remove-twin-{one['chunk_id']}", "delete"):
        windows.open_window("entry-deletion", entry)


def _document_verbs(one: Json) -> None:
    if _verb("passage.open", f"show-twin-{one['chunk_id']}", "visibility"):
        windows.open_window("passage", {**one, "is_draft": True})
    if staff.is_admin() and _verb("documents.delete", f"remove-twin-{one['chunk_id']}", "delete"):
        windows.open_window("document-deletion", {"id": one["document_id"], "name": one["title"]})


def _verb(words: str, key: str, icon: str) -> bool:
    return st.button(say(words), key=key, icon=f":material/{icon}:", type="tertiary", help=say(words))
