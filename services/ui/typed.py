"""Hearing from the browser that somebody is typing, which Streamlit itself tells only once they are done."""

import streamlit as st

_HEAR = """
const TELL_MS = 2500;

export default function (component) {
  const { place } = component.data;
  const told = (document.frontdeskTold ??= { at: 0 });
  const onInput = ({ target }) => {
    if (!target.closest(place) || !target.value?.trim() || Date.now() - told.at < TELL_MS) return;
    told.at = Date.now();
    component.setTriggerValue("typed", true);
  };
  document.addEventListener("input", onInput);
  return () => document.removeEventListener("input", onInput);
}
"""
_hear = st.components.v2.component("frontdesk_typed", js=_HEAR)


def in_place(selector: str) -> bool:
    """Whether there was typing in what the CSS selector matches; true in the run that a key brings about.

    At most one in 2.5 seconds does. To be called in a fragment, so that no more is run.
    """
    heard = _hear(data={"place": selector}, key=f"typed-{selector}", on_typed_change=_nothing)
    return bool(heard.typed)


def _nothing() -> None:
    """A trigger needs somebody to call."""
