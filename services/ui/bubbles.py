"""Messages as they look on screen, in the chat and at the desk alike."""

import re
from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from services.ui.browser import clock_time, say
from services.ui.caller import Json
from services.ui.links import web_link

_MARK = re.compile(r"\[(\d{1,2})\]")
# What Streamlit's markdown would make something else of: formulas, strikes ("3~5 days"), pictures, directives.
_SURPRISES = re.compile(r"[$~]|!(?=\[)|:(?=[A-Za-z])")
_SINGLE_NEWLINE = re.compile(r"(?<!\n)\n(?!\n)")

OpenCitation = Callable[[Json], None]


def show_message(message: Json, previous: Json | None, open_citation: OpenCitation | None = None) -> None:
    """One message as a bubble, with what it quotes and cites; who and when stand above it where they are news.

    `open_citation` shows a source in its surroundings, for the staff; without it, a source shows its words only.
    """
    sender = message["sender"]
    with st.container(key=f"message-{sender}-{message['id']}", gap=None):
        by_line = _by_line(message, previous)
        if by_line:
            st.html(by_line)
        show_words(message, open_citation)


def contact_html(message: Json) -> str:
    """A contact's message, as HTML: they neither quote nor cite."""
    return f'{_by_line(message, None)}<div class="fd-bubble fd-plain">{escape(message["text"])}</div>'


def show_words(message: Json, open_citation: OpenCitation | None = None) -> None:
    """As `show_message`, without who and when."""
    numbers = {citation["number"] for citation in message["citations"]}
    if message["sender"] == "assistant" and message["form"] == "generated":
        with st.container(key=f"bubble-{message['id']}"):
            st.markdown(reply_markdown(message["text"], numbers), unsafe_allow_html=True)
    elif message["withheld"]:
        st.html(f'<div class="fd-bubble fd-plain fd-faint">{say("chat.withheld")}</div>')
    elif message["form"] == "quoted":
        st.html(_quotation(message, numbers))
    elif message["text"] or not message.get("attachments"):
        kind = "fd-notice" if message["form"] == "notice" else "fd-plain"
        st.html(f'<div class="fd-bubble {kind}">{_marked(escape(message["text"]), numbers)}</div>')
    if message["citations"]:
        show_citations(message["id"], message["citations"], open_citation)


def show_outgoing(text: str, key: str, *, stuck: bool, file_names: Sequence[str] = ()) -> None:
    """A message of the contact that the api has not acknowledged yet."""
    words = "\n".join(filter(None, [text, *(f"📎 {name}" for name in file_names)]))
    state = say("chat.waiting_to_send") if stuck else say("chat.sending")
    with st.container(key=f"message-contact-outgoing-{key}", gap=None):
        st.html(f'<div class="fd-by">{state}</div><div class="fd-bubble fd-plain fd-faint">{escape(words)}</div>')


def draft_markdown(text: str, *, joined_late: bool) -> str:
    """The reply so far with a cursor; an ellipsis where a tab that joined late misses the beginning."""
    shown = ("… " if joined_late else "") + text
    if text.count("**") % 2:
        # Bold that is still open would show its marks until it is closed.
        shown = shown.rstrip() + "**"
    return reply_markdown(shown, set(range(1, 100))) + '<span class="fd-cursor"></span>'


def show_citations(message_id: str, citations: list[Json], open_citation: OpenCitation | None) -> None:
    """A row of numbered sources, each opening its passage."""
    with st.container(key=f"citations-{message_id}", horizontal=True, gap="xsmall"):
        for citation in citations:
            label = f"{citation['number']} · {plain_label(_source_name(citation))}"
            state = "" if citation["available"] else "gone-"
            key = f"citation-{state}{message_id}-{citation['number']}"
            if open_citation is not None:
                st.button(label, type="tertiary", key=key, on_click=open_citation, args=(citation,))
                continue
            with st.popover(label, type="tertiary", key=key):
                if citation["available"]:
                    st.html(passage_html(citation))
                else:
                    st.html(f'<div class="fd-passage fd-gone">{say("citation.gone_lead")}</div>')


def passage_html(passage: Json) -> str:
    """A passage with its source, its place in it and the way to its web page."""
    where = place(passage)
    link = web_link(passage["url"])
    return (
        f'<div class="fd-passage"><div class="fd-source">{escape(passage["title"])}'
        f"{f' <span>{escape(where)}</span>' if where else ''}</div>"
        f"{f'<div class=fd-meta>{link}</div>' if link else ''}"
        f'<div class="fd-passage-text">{escape(passage["text"])}</div></div>'
    )


def place(passage: Json) -> str:
    """Where a passage stands: page, heading, sheet and row of a document, or among the questions and answers."""
    location, parts = passage["location"], []
    if passage["entry_id"]:
        parts.append(say("place.entry"))
    if location.get("page"):
        parts.append(say("place.page", page=location["page"]))
    if location.get("heading"):
        parts.append(str(location["heading"]))
    if location.get("sheet"):
        parts.append(say("place.sheet", sheet=location["sheet"]))
    if location.get("row"):
        parts.append(say("place.row", row=location["row"]))
    return " · ".join(parts)


def reply_markdown(text: str, numbers: set[int]) -> str:
    """A reply's markdown, made safe: no HTML, no pictures, no formulas; `[1]` becomes a small raised number."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;")
    safe = _SURPRISES.sub(lambda found: "\\" + found.group(), safe)
    return _SINGLE_NEWLINE.sub("  \n", _marked(safe, numbers))


def _marked(safe_text: str, numbers: set[int]) -> str:
    def raised(found: re.Match[str]) -> str:
        number = int(found.group(1))
        return f'<sup class="fd-mark">{number}</sup>' if number in numbers else found.group()

    return _MARK.sub(raised, safe_text)


def _quotation(message: Json, numbers: set[int]) -> str:
    sources = [
        " · ".join(part for part in (_source_name(citation), place(citation)) if part)
        for citation in message["citations"]
    ]
    source = f"<cite>{escape('; '.join(sources))}</cite>" if sources else ""
    lead = escape(say("chat.quoted_lead"))
    quoted = _marked(escape(message["text"]), numbers)
    return (
        f'<div class="fd-bubble fd-quoted"><div class="fd-quoted-lead">{lead}</div>'
        f"<blockquote>{quoted}</blockquote>{source}</div>"
    )


def _source_name(citation: Json) -> str:
    """The title; of a source that was deleted since, that it was: contacts do not get its title any more."""
    if citation["available"]:
        return str(citation["title"])
    return " · ".join(part for part in (citation["title"], say("citation.gone")) if part)


def _by_line(message: Json, previous: Json | None) -> str:
    when = clock_time(message["created_at"])
    speaker = (message["sender"], message["agent_name"])
    if previous and speaker == (previous["sender"], previous["agent_name"]):
        return "" if when == clock_time(previous["created_at"]) else f'<div class="fd-by"><time>{when}</time></div>'
    name = escape(message["agent_name"] or say(f"sender.{message['sender']}"))
    initial = say("sender.assistant_initial") if message["sender"] == "assistant" else name[:1]
    return f'<div class="fd-by"><span class="fd-avatar">{initial}</span><b>{name}</b><time>{when}</time></div>'


def plain_label(text: str) -> str:
    """What somebody wrote, as the label of a widget: Streamlit reads markdown there, pictures among it."""
    return re.sub(r"([\\`*_\[\]$:~])", r"\\\1", text)
