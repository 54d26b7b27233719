"""The screens say everything in both languages."""

import json
from pathlib import Path
from string import Formatter

from frontdesk.evaluation.reruns import Cause, LeftOut
from frontdesk.knowledge.parsing import ACCEPTED
from services.ui.screens.documents import FILE_TYPES

WORDS = Path(__file__).resolve().parent.parent / "services" / "ui" / "words"
ZH, EN = (json.loads((WORDS / f"{language}.json").read_text("utf-8")) for language in ("zh", "en"))
ONES = {key for key in EN if key.endswith(".if_one")}


def test_nothing_is_missing_in_either_language() -> None:
    # For errors the api's own English message may stand in.
    needed = {key for key in ZH.keys() | EN.keys() if not key.startswith("error.") and key not in ONES}
    assert needed <= ZH.keys()
    assert needed <= EN.keys()
    assert {key for key in EN if key.startswith("error.")} <= ZH.keys()


def test_both_languages_fill_in_the_same_blanks() -> None:
    def blanks(sentence: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name}

    for key in ZH.keys() & EN.keys():
        assert blanks(ZH[key]) == blanks(EN[key]), key


def test_one_thing_is_told_of_as_many_are() -> None:
    for key in ONES:
        many, one = EN[key.removesuffix(".if_one")], EN[key]
        assert "{count}" in many, key
        assert {name for _, name, _, _ in Formatter().parse(one) if name} <= {
            name for _, name, _, _ in Formatter().parse(many) if name
        }, key


def test_a_rerun_says_in_words_what_it_left_out_and_what_differs() -> None:
    needed = {f"rerun.left_{why}" for why in LeftOut} | {f"rerun.cause_{why}" for why in Cause}
    assert needed <= ZH.keys() & EN.keys()


def test_the_uploader_takes_what_the_api_takes() -> None:
    assert [f".{suffix}" for suffix in FILE_TYPES] == list(ACCEPTED)
