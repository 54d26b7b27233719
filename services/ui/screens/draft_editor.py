"""A drafted entry: its words, what the knowledge base says already, its proof, and what becomes of it."""

from html import escape

import streamlit as st

from services.ui import problems
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.screens.question_list import LONGEST_ANSWER

WATCH_SECONDS = 1.5
LONGEST_NOTE = 500
UNDECIDED = ("proposed", "proved")


def show(api: Staff, draft_id: str) -> None:
    """In the window of its gap; drawn again while it is being proved."""
    found = api.draft(draft_id)
    draft = found["draft"]
    if draft["status"] not in UNDECIDED:
        st.html(
            f'<div class="fd-hint" data-testid="draft-status">{escape(say("drafts." + draft["status"]))}</div>'
            f"<b>{escape(draft['questions'][0])}</b><p>{escape(draft['answer'])}</p>"
        )
        return
    _words(api, draft)
    _neighbours(found["neighbours"])
    if draft["proof_wanted"]:
        _watch(api, draft_id)
    elif draft["proof"]:
        _proof(draft["proof"])
    _verbs(api, draft)


def _words(api: Staff, draft: Json) -> None:
    written = st.text_area(
        say("drafts.questions"),
        "\n".join(draft["questions"]),
        key=f"draft-questions-{draft['id']}",
        help=say("drafts.questions_lead"),
    )
    answer = st.text_area(
        say("drafts.answer"),
        draft["answer"],
        key=f"draft-answer-{draft['id']}",
        max_chars=LONGEST_ANSWER,
        height=160,
    ).strip()
    questions = [line.strip() for line in written.splitlines() if line.strip()]
    is_other = (questions, answer) != (draft["questions"], draft["answer"])
    is_whole = bool(questions and answer)
    if st.button(
        say("common.save"), key="draft-save", disabled=not (is_other and is_whole), icon=":material/save:"
    ) and problems.attempt(lambda: api.rewrite_draft(draft["id"], questions, answer)):
        st.rerun(scope="fragment")


def _neighbours(neighbours: list[Json]) -> None:
    told = [near for near in neighbours if near["kinship"] != "near"]
    for near in told:
        figures = say("drafts.figures", ours=", ".join(near["ours"]), theirs=", ".join(near["theirs"]))
        beside = f" {figures}" if near["kinship"] == "contradicts" else ""
        kind = "fd-badge-failed" if near["kinship"] == "contradicts" else "fd-badge-working"
        st.html(
            f'<div class="fd-hint"><span class="fd-badge {kind}">{escape(say("drafts." + near["kinship"]))}</span>'
            f"{escape(beside)}<br><b>{escape(near['title'])}</b> {escape(near['text'][:300])}</div>"
        )


def _watch(api: Staff, draft_id: str) -> None:
    @st.fragment(run_every=WATCH_SECONDS)
    def wait() -> None:
        st.html(f'<div class="fd-measuring" role="status">{escape(say("drafts.proving"))}</div>')
        try:
            is_done = not api.draft(draft_id)["draft"]["proof_wanted"]
        except (ApiError, Unreachable):
            problems.show_reconnecting()
            return
        if is_done:
            st.rerun()

    wait()


def _proof(proof: Json) -> None:
    originals, unseen, regression = proof["originals"], proof["unseen"], proof["regression"]
    asked = regression["of_sets"] + regression["of_contacts"]
    verdict = say("drafts.passes" if proof["passes"] else "drafts.fails")
    lines = [
        say("drafts.originals", answered=originals["answered"], asked=originals["asked"]),
        say("drafts.unseen", answered=unseen["answered"], asked=unseen["asked"]),
        say("drafts.regression", worse=regression["worse"], asked=asked),
    ]
    kind = "fd-badge-ready" if proof["passes"] else "fd-badge-failed"
    st.html(
        f'<div data-testid="proof"><span class="fd-badge {kind}">{escape(verdict)}</span>'
        f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul></div>"
    )
    missed = [one for part in (originals, unseen) for one in part["questions"] if not one["after"]["by_draft"]]
    if missed:
        with st.expander(say("drafts.missed", count=len(missed))):
            st.html("".join(map(_missed, missed)))
    if regression["changes"]:
        with st.expander(say("drafts.worse", count=regression["worse"]), expanded=True):
            st.html("".join(map(_worse, regression["changes"])))


def _missed(one: Json) -> str:
    after = one["after"]
    shares = say("drafts.sure", sure=f"{100 * after['confidence']:.0f}", needed=f"{100 * after['threshold']:.0f}")
    return f'<div>{escape(one["text"])} <span class="fd-meta">{escape(shares)}</span></div>'


def _worse(one: Json) -> str:
    sides = "".join(
        f"<li><b>{escape(say('drafts.' + side))}</b> {escape(_reply(one[side]))}</li>"
        for side in ("before", "after")
    )
    badge = f'<span class="fd-badge">{escape(say("drafts.change_" + one["change"]))}</span>'
    return f"<div>{escape(one['text'])} {badge}<ul>{sides}</ul></div>"


def _reply(reply: Json) -> str:
    return str(reply["text"] or reply["title"] or "")[:300] if reply["answered"] else say("drafts.to_a_person")


def _verbs(api: Staff, draft: Json) -> None:
    passes = bool(draft["proof"] and draft["proof"]["passes"])
    note = None
    if draft["proof"] and not passes:
        note = st.text_input(say("drafts.note"), key=f"draft-note-{draft['id']}", max_chars=LONGEST_NOTE).strip()
    with st.container(key="draft-verbs", horizontal=True):
        if not passes and st.button(
            say("drafts.prove"),
            key="draft-prove",
            icon=":material/science:",
            type="primary" if not draft["proof"] else "secondary",
            disabled=draft["proof_wanted"],
        ):
            _then_again(problems.attempt(lambda: api.prove_draft(draft["id"])))
        if draft["proof"] and st.button(
            say("drafts.accept"),
            key="draft-accept",
            icon=":material/check:",
            type="primary",
            disabled=not (passes or note),
        ):
            _then_again(problems.attempt(lambda: api.accept_draft(draft["id"], note or None)))
        if st.button(say("drafts.drop"), key="draft-drop", icon=":material/delete:", type="tertiary"):
            _then_again(problems.attempt(lambda: api.drop_draft(draft["id"])))


def _then_again(done: bool) -> None:
    if done:
        st.rerun(scope="fragment")
