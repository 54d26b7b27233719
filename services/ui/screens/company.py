"""Who else is with a conversation at this moment: colleagues who have it open, and whoever is writing in it."""

import time
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from services.ui import staff, typed
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.events import Event

TELL_SECONDS = 4.0
"""The api counts somebody as gone who has not told for ten."""
WRITING_SECONDS = 4.0
"""Somebody who has typed within so many seconds is writing."""
CONTACT = ""
NOBODY = "<span hidden></span>"


@dataclass
class Company:
    """The signs of others that still hold, and the own ones."""

    conversation_id: str
    own_id: str
    _others: dict[str, tuple[Json, float]] = field(default_factory=dict)
    _told_at: float = -TELL_SECONDS
    _typed_at: float = -WRITING_SECONDS

    def take(self, events: list[Event]) -> None:
        """Learn from what has arrived; who has sent something is not writing any more."""
        for event in events:
            if event.name == "presence":
                agent = event.body["agent"]
                who = agent["id"] if agent else CONTACT
                self._others[who] = (event.body, time.monotonic() + event.body["seconds"])
            elif event.name == "message":
                self._typed_at = -WRITING_SECONDS
                sender = event.body["message"]["sender"]
                for who, (sign, _) in list(self._others.items()):
                    if sign["doing"] == "writing" and (who == CONTACT) == (sender == "contact"):
                        del self._others[who]

    def tell(self, api: Staff, *, typed: bool) -> None:
        """Have the others know what the agent does, as often as it has to be told."""
        moment = time.monotonic()
        self._typed_at = moment if typed else self._typed_at
        if not typed and moment - self._told_at < TELL_SECONDS:
            return
        self._told_at = moment
        # That the api is away or the session over, the page around this finds out and says.
        with suppress(ApiError, Unreachable):
            api.be_there(self.conversation_id, writing=moment - self._typed_at < WRITING_SECONDS)

    def colleagues_html(self) -> str:
        """A line for each who has it open, too."""
        others = [sign for who, sign in self._present().items() if who not in (CONTACT, self.own_id)]
        there = sorted((str(sign["agent"]["name"]), str(sign["doing"])) for sign in others)
        lines = "".join(
            f"<span><b>{escape(name[:1])}</b>{escape(say(f'company.{doing}', name=name))}</span>"
            for name, doing in there
        )
        return f'<div class="fd-company" role="status">{lines}</div>' if there else ""

    def contact_html(self) -> str:
        """That the contact is writing, if they are."""
        return writing_html(say("company.contact_writing")) if CONTACT in self._present() else ""

    def _present(self) -> dict[str, Json]:
        moment = time.monotonic()
        return {who: sign for who, (sign, until) in self._others.items() if until > moment}


@dataclass(frozen=True)
class Beside:
    """Where the company in a conversation is shown: above it and below it."""

    company: Company
    above: DeltaGenerator
    below: DeltaGenerator

    def keep_up(self, api: Staff, news: list[Event]) -> None:
        """Take in what has arrived, tell of ourselves, and show who is there. To be called in a fragment."""
        self.company.take(news)
        self.company.tell(api, typed=typed.in_place(".st-key-desk-right"))
        self.above.html(self.company.colleagues_html() or NOBODY)
        self.below.html(self.company.contact_html() or NOBODY)


def of(conversation_id: str) -> Company:
    """The company in the conversation that the agent has open here."""
    agent = staff.signed_in()
    own_id = str(agent["id"]) if agent else ""
    known: Company | None = st.session_state.get("desk-company")
    if known is None or (known.conversation_id, known.own_id) != (conversation_id, own_id):
        known = st.session_state["desk-company"] = Company(conversation_id, own_id)
    return known


def writing_html(words: str) -> str:
    """Three dots that move, and who it is."""
    return f'<div class="fd-thinking" role="status"><i></i><i></i><i></i><span>{escape(words)}</span></div>'
