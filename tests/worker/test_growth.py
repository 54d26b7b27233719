"""The real worker gathers what could not be answered, proves drafts, and closes gaps, without being asked to."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.growth.models import DraftStatus, GapState
from frontdesk.settings import Settings
from tests.conftest import running_worker
from tests.growth.stories import begin
from tests.waiting import wait_for

ANSWER = "礼品卡可以转赠：在「我的礼品卡」里点转赠。"


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One worker."""
    with running_worker(settings, tmp_path) as process:
        yield process


def test_the_sweep_takes_a_question_to_its_answer(
    frontdesk: Frontdesk, entries: None, agent: Agent, admin: Agent, worker: subprocess.Popen[bytes]
) -> None:
    (base_id,) = frontdesk.inboxes.bases("web")
    story = begin(frontdesk, "礼品卡可以转赠给朋友吗")
    story.resolve(agent, ANSWER)
    (told,) = wait_for(lambda: frontdesk.gaps.page(base_id).gaps, 60, "the gathering")
    draft = frontdesk.drafting.from_gap(told.gap.id, admin.id)
    frontdesk.drafts.want_proof(draft.id)
    wait_for(lambda: frontdesk.drafts.get(draft.id).passes, 60, "the proof")
    frontdesk.drafts.accept(draft.id)
    wait_for(
        lambda: frontdesk.drafts.get(draft.id).status is DraftStatus.PUBLISHED, 60, "the publishing of the entry"
    )
    assert frontdesk.gaps.get(told.gap.id).gap.state is GapState.ANSWERED
