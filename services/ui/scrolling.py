"""Keeping the end of a chat in view while it grows, unless the reader has scrolled up to read."""

import streamlit as st

_STAY_AT_END = """
const NEAR_END = 140;

export default function (component) {
  const page = document.querySelector('[data-testid="stMain"]');
  const content = document.querySelector('[data-testid="stMainBlockContainer"]');
  if (!page || !content) return;
  const reading = (page.frontdeskReading ??= { atEnd: true, last: null });
  const toEnd = () => { page.scrollTop = page.scrollHeight; };
  const onScroll = () => {
    reading.atEnd = page.scrollHeight - page.scrollTop - page.clientHeight < NEAR_END;
  };
  const growth = new ResizeObserver(() => { if (reading.atEnd) toEnd(); });
  page.addEventListener("scroll", onScroll, { passive: true });
  growth.observe(content);
  if (component.data.last !== reading.last) {
    reading.last = component.data.last;
    reading.atEnd = true;
    toEnd();
  }
  return () => {
    page.removeEventListener("scroll", onScroll);
    growth.disconnect();
  };
}
"""
_stay_at_end = st.components.v2.component("frontdesk_stay_at_end", js=_STAY_AT_END)


def stay_at_end(last: str | None) -> None:
    """Follow the end of the page; a new `last` (what the reader has just said) goes there wherever they were."""
    _stay_at_end(data={"last": last}, key="stay-at-end")
