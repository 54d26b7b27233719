"""The contact's chat: the page that a shop puts before its customers."""

import re
from html import escape

import streamlit as st

from services.ui import browser, bubbles, files, header, pictures, problems
from services.ui.browser import CONTACT_COOKIE, HALF_YEAR_SECONDS, say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Contact
from services.ui.conversation import Conversation
from services.ui.screens import in_line, live, rating, survey
from services.ui.scrolling import stay_at_end
from services.ui.thread import LONGEST_MESSAGE, Outgoing, Thread, is_lost


def show() -> None:
    """The whole page: first what is known, then what the api has still to be told, then what arrives."""
    thread: Thread = st.session_state.setdefault("thread", Thread())
    contact = Contact(browser.recall(CONTACT_COOKIE), browser.address())
    problem = None if thread.loaded else _catch_up(thread, contact)
    with st.bottom, st.container(key="chat-bottom", gap="xsmall"):
        _controls(thread, contact)
    in_line.show_window(contact)
    with st.container(key="chat-page"):
        stay_at_end(_last_said(thread))
        _greeting(thread)
        if thread.conversation:
            choices = _choices(thread, thread.conversation)
            _history(thread.conversation, contact, choices)
            _offer(thread, choices)
            if thread.conversation.state["status"] == "resolved" and not thread.owes:
                survey.show(thread.conversation, contact)
        for outgoing in thread.outgoing:
            names = [name for name, _ in outgoing.files]
            bubbles.show_outgoing(outgoing.text, outgoing.key, stuck=thread.stuck, file_names=names)
        if problem is None and thread.owes:
            problem = _catch_up(thread, contact)
            if problem is None:
                st.rerun()
        if problem is not None:
            _explain(thread, problem)
        elif thread.conversation and thread.conversation.being_answered:
            live.follow(thread, thread.conversation, contact)
        elif thread.conversation:
            live.watch(thread, thread.conversation, contact)


def _catch_up(thread: Thread, contact: Contact) -> ApiError | Unreachable | None:
    """Do what is still to be done with the api; what kept us from it, None when all is done."""
    known = contact.token
    try:
        thread.catch_up(contact, browser.language())
    except (ApiError, Unreachable) as failure:
        if isinstance(failure, Unreachable) or not is_lost(failure):
            return failure
        # What we had is gone: forget it, and the next run begins anew with whatever is still to be said.
        thread.leave()
        if failure.kind == "unauthenticated":
            browser.forget(CONTACT_COOKIE)
            contact.token = thread.token = None
    finally:
        if contact.token and contact.token != known:
            browser.remember(CONTACT_COOKIE, contact.token, HALF_YEAR_SECONDS)
    return None


def _explain(thread: Thread, problem: ApiError | Unreachable) -> None:
    if isinstance(problem, Unreachable):
        problems.show_unreachable()
        return
    st.warning(problems.sentence(problem), icon=":material/info:")
    if problem.kind in ("rate_limited", "unavailable"):
        problems.try_again_soon(problem.retry_after or problems.RETRY_SECONDS)
    else:
        thread.give_up()


def _controls(thread: Thread, contact: Contact) -> None:
    state = thread.conversation.state if thread.conversation else None
    with st.container(key="chat-tools", horizontal=True, vertical_alignment="center", gap="small"):
        if state is None or state["status"] == "pending":
            st.button(
                say("chat.person"),
                key="talk-to-person",
                icon=":material/support_agent:",
                on_click=_want_person,
                args=(thread,),
            )
        else:
            st.html(f'<div class="fd-status fd-status-{state["status"]}" role="status">{_status_line(state)}</div>')
        if state:
            st.button(
                say("chat.new"),
                key="new-conversation",
                type="tertiary",
                icon=":material/add:",
                on_click=thread.leave,
            )
    if thread.conversation and state and state["status"] == "open" and not state["agent"]:
        in_line.show(contact, thread.conversation.id)
    limits = files.limits()
    st.chat_input(
        say("chat.placeholder"),
        key="message-text",
        max_chars=LONGEST_MESSAGE,
        accept_file="multiple",
        file_type=limits["accepted"],
        max_upload_size=limits["megabytes"],
        on_submit=_send_typed,
        args=(thread,),
    )
    st.html(f'<div class="fd-small-print">{say("chat.small_print")}</div>')


def _status_line(state: Json) -> str:
    if state["status"] == "resolved":
        return say("chat.status_resolved")
    if state["agent"]:
        return escape(say("chat.status_agent", name=state["agent"]["name"]))
    return say("chat.status_waiting")


def _last_said(thread: Thread) -> str | None:
    if thread.outgoing:
        return thread.outgoing[-1].key
    messages = thread.conversation.in_order() if thread.conversation else []
    return next((message["id"] for message in reversed(messages) if message["sender"] == "contact"), None)


def _send_typed(thread: Thread) -> None:
    typed = st.session_state["message-text"]
    if typed and typed.files:
        thread.outgoing.append(Outgoing(typed.text.strip(), files.named(typed.files)))
    elif typed:
        _send(thread, typed.text)


def _send(thread: Thread, text: str | None) -> None:
    if text and text.strip():
        thread.outgoing.append(Outgoing(text.strip()))


def _want_person(thread: Thread) -> None:
    thread.person_wanted = True


def _greeting(thread: Thread) -> None:
    shop = header.inbox()
    if shop is None:
        return
    language = browser.language()
    greeting = escape(shop["greeting"][language])
    if thread.conversation or thread.outgoing:
        with st.container(key="greeting"):
            st.html(f'<div class="fd-bubble fd-plain">{greeting}</div>')
            # In the place of the suggestions, which would stay on screen as long as this run lasts.
            st.empty()
        return
    with st.container(key="welcome", gap="medium"):
        st.html(
            f'<div class="fd-welcome"><span>{escape(header.shop_name()[:1])}</span><h1>{greeting}</h1>'
            f"<p>{say('chat.try_asking')}</p></div>"
        )
        with st.container(key="suggestions", horizontal=True, horizontal_alignment="center", gap="small"):
            for number, question in enumerate(shop["suggestions"][language]):
                st.button(question, key=f"suggestion-{number}", on_click=_send, args=(thread, question))


def _history(conversation: Conversation, contact: Contact, choices: list[str]) -> None:
    """What was said; `choices` are listed by their buttons."""
    previous: Json | None = None
    for message in conversation.in_order():
        is_listed = bool(choices) and message["choices"] is choices
        bubbles.show_message(message | {"text": _lead(message["text"])} if is_listed else message, previous)
        files.show(message, contact, conversation.id, desk=False)
        pictures.show(message["citations"], contact, message["id"], conversation.id)
        previous = message
        if message["sender"] == "assistant" and message["form"] not in ("notice", "choice"):
            rating.show(conversation, contact, message)


def _lead(text: str) -> str:
    """What comes before the choices of a question back: the question itself."""
    return re.split(r"(?<=[?？])", text, maxsplit=1)[0]


def _choices(thread: Thread, conversation: Conversation) -> list[str]:
    """The questions of which the contact may mean one, as long as nothing has been said since."""
    messages = conversation.in_order()
    if not messages or thread.owes or conversation.state["status"] != "pending":
        return []
    choices: list[str] = messages[-1]["choices"]
    return choices


def _offer(thread: Thread, choices: list[str]) -> None:
    """Buttons that say them, or that none is meant."""
    if not choices:
        return
    with st.container(key="choices", horizontal=True, gap="small"):
        for number, words in enumerate([*choices, say("chat.none_meant")], 1):
            st.button(words, key=f"choice-{number}", on_click=_send, args=(thread, words))
