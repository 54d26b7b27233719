"""Files of messages on screen: pictures to look at, all others to save."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

import streamlit as st

from services.ui.browser import say
from services.ui.bubbles import plain_label
from services.ui.caller import ApiError, Caller, Json, Unreachable
from services.ui.client import Contact, file_path
from services.ui.pictures import picture_html

KILOBYTE = 1024
MEGABYTE = KILOBYTE * KILOBYTE
LONGEST_NAME = 32
UNKNOWN_LIMITS = {"most": 5, "megabytes": 10, "accepted": None}
"""While the api can not be asked; it refuses what is too much anyway."""


class Sent(Protocol):
    """A file as a visitor hands it to the page."""

    @property
    def name(self) -> str:
        """What it is called."""

    def getvalue(self) -> bytes:
        """What is in it."""


NamedFiles = tuple[tuple[str, bytes], ...]


def named(files: Sequence[Sent]) -> NamedFiles:
    """What has to be kept of files until they are sent."""
    return tuple((file.name, file.getvalue()) for file in files)


def limits() -> Json:
    """What may be sent with a message: `most` files, each of so many `megabytes`, with an `accepted` ending."""
    try:
        return _limits()
    except (ApiError, Unreachable):
        return UNKNOWN_LIMITS


@st.cache_data(ttl=60, show_spinner=False)
def _limits() -> Json:
    return Contact().files_limits()


def show(message: Json, api: Caller, conversation_id: str, *, desk: bool) -> None:
    """The files of a message, below it."""
    if not message["attachments"]:
        return
    with st.container(key=f"files-{message['sender']}-{message['id']}", gap="xsmall"):
        paths = {one["id"]: file_path(conversation_id, one["id"], desk=desk) for one in message["attachments"]}
        drawn = {
            one["id"]: picture_html(paths[one["id"]], api, one["name"])
            for one in message["attachments"]
            if one["width"]
        }
        if any(drawn.values()):
            st.html(f'<div class="fd-pictures">{"".join(drawn.values())}</div>')
        for attachment in message["attachments"]:
            if not drawn.get(attachment["id"]):
                _save_button(attachment, paths[attachment["id"]], api)


def _save_button(attachment: Json, path: str, api: Caller) -> None:
    st.download_button(
        f"{plain_label(_short(attachment['name']))} · {size_words(attachment['size'])}",
        data=partial(api.fetch, path),
        file_name=attachment["name"],
        mime=attachment["media_type"],
        key=f"save-{attachment['id']}",
        icon=":material/description:",
        help=say("files.save"),
        on_click="ignore",
    )


def _short(name: str) -> str:
    """A long name without its middle: what it ends in tells what it is."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 10]}…{name[-9:]}"


def size_words(size: int) -> str:
    """A number of bytes for people."""
    if size < MEGABYTE:
        return f"{max(1, round(size / KILOBYTE))} kB"
    return f"{size / MEGABYTE:.1f} MB"
