"""The knowledge bases themselves, for administrators: their names, who sees them, what the chat answers from."""

from html import escape

import streamlit as st

from services.ui import windows
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff
from services.ui.screens import rooms

LONGEST_NAME = 80


def show(api: Staff, base: Json) -> None:
    """The tab: all knowledge bases, be the page about this or another, and the buttons for more."""
    bases, answering = api.knowledge_bases(), api.inbox_bases()
    with st.container(key="bases-tools", horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(say("bases.add"), key="base-add", icon=":material/add:"):
            windows.open_window("base")
        if st.button(say("bases.answering"), key="base-answering", icon=":material/forum:"):
            windows.open_window("bases-answering")
    with st.container(key="bases", gap=None):
        for one in bases:
            _row(one, one["id"] in answering["knowledge_base_ids"])
    _window(api, bases, answering)


def _row(base: Json, is_answering: bool) -> None:
    with st.container(
        key=f"base-{base['id']}", horizontal=True, wrap=False, vertical_alignment="center", gap="small"
    ):
        badge = f'<span class="fd-badge fd-badge-ready">{say("bases.is_answering")}</span>' if is_answering else ""
        st.html(
            f'<div class="fd-document-name">{escape(base["name"])}{badge}</div>'
            f'<div class="fd-meta">{rooms.counts(base)}</div>',
            width="stretch",
        )
        with st.popover(
            say("documents.menu"),
            icon=":material/more_horiz:",
            type="tertiary",
            key=f"base-menu-{base['id']}-{windows.menu_round()}",
        ):
            if _choice("bases.change", f"base-change-{base['id']}", "edit"):
                windows.open_window("base", base)
            if _choice("bases.remove", f"base-remove-{base['id']}", "delete"):
                windows.open_window("base-removal", base)


def _choice(words: str, key: str, icon: str) -> bool:
    return st.button(say(words), key=key, icon=f":material/{icon}:", width="stretch")


def _window(api: Staff, bases: list[Json], answering: Json) -> None:
    if (base := windows.opened("base")) is not None:
        _ask_what_it_is(api, base)
    elif (base := windows.opened("base-removal")) is not None:
        _ask_whether_to_remove(api, base)
    elif windows.opened("bases-answering") is not None:
        _ask_what_answers(api, bases, answering)


def _ask_what_it_is(api: Staff, base: Json) -> None:
    """The name, and who of the staff sees it; of a new one if `base` is empty."""

    @st.dialog(say("bases.change" if base else "bases.add"), on_dismiss=windows.close)
    def window() -> None:
        agents = {one["id"]: str(one["name"]) for one in api.agents() if one["role"] == "agent" and one["active"]}
        chosen = api.base_staff(base["id"]) if base else None
        name = st.text_input(
            say("bases.name"), base.get("name", ""), max_chars=LONGEST_NAME, key="base-name"
        ).strip()
        some = st.checkbox(say("bases.some_see_it"), chosen is not None, key="base-some")
        seen_by = None
        if some:
            known = [agent_id for agent_id in chosen or () if agent_id in agents]
            seen_by = st.multiselect(
                say("bases.seen_by"), list(agents), known, format_func=lambda one: agents[one], key="base-seen-by"
            )
        if st.button(say("common.save"), key="base-save", type="primary", width="stretch", disabled=not name):
            windows.close_after(lambda: _save(api, base, name, seen_by))

    window()


def _save(api: Staff, base: Json, name: str, seen_by: list[str] | None) -> None:
    if not base:
        base.update(api.add_base(name))
    elif name != base["name"]:
        api.rename_base(base["id"], name)
    api.open_base_to(base["id"], seen_by)


def _ask_whether_to_remove(api: Staff, base: Json) -> None:
    @st.dialog(say("bases.remove_title"), on_dismiss=windows.close)
    def window() -> None:
        st.html(f"<p>{escape(say('bases.remove_sure', name=base['name']))}</p>")
        typed = st.text_input(say("bases.remove_type"), key="base-remove-name")
        if st.button(
            say("bases.remove"),
            key="base-remove-confirm",
            type="primary",
            width="stretch",
            disabled=typed.strip() != base["name"],
        ):
            windows.close_after(lambda: api.remove_base(base["id"]))

    window()


def _ask_what_answers(api: Staff, bases: list[Json], answering: Json) -> None:
    @st.dialog(say("bases.answering"), on_dismiss=windows.close)
    def window() -> None:
        names = {base["id"]: str(base["name"]) for base in bases}
        chosen = st.multiselect(
            say("bases.answering_lead"),
            list(names),
            [base_id for base_id in answering["knowledge_base_ids"] if base_id in names],
            format_func=lambda base_id: names[base_id],
            key="bases-chosen",
        )
        tags = st.multiselect(
            say("bases.tags"),
            answering["tags"],
            answering["tags"],
            accept_new_options=True,
            help=say("bases.tags_lead"),
            key="bases-tags",
        )
        if st.button(
            say("common.save"), key="bases-answering-save", type="primary", width="stretch", disabled=not chosen
        ):
            windows.close_after(lambda: api.answer_from(chosen, tags))

    window()
