"""Gaps, drafts and their proof."""
