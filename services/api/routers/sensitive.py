"""What the web inbox leaves to people."""

from fastapi import APIRouter

from frontdesk.conversations.sensitive_topics import SensitiveTopic
from services.api.routers.contact import CHANNEL
from services.api.schemas.sensitive import ChangeSensitiveTopics, SensitiveTopics
from services.api.security import CurrentAdmin, Domain

router = APIRouter(prefix="/v1/inbox/sensitive-topics", tags=["inbox"])


@router.get("")
def read_topics(frontdesk: Domain, admin: CurrentAdmin) -> SensitiveTopics:
    """The built-in topics, on or off, with their words, and the inbox's own words."""
    return SensitiveTopics.of(frontdesk.inboxes.get(CHANNEL).sensitive)


@router.put("")
def change_topics(body: ChangeSensitiveTopics, frontdesk: Domain, admin: CurrentAdmin) -> SensitiveTopics:
    """Switch built-in topics off or on again, and have other words; holds from the next message on."""
    off = [SensitiveTopic(name) for name in body.off]
    return SensitiveTopics.of(frontdesk.inboxes.leave_to_people(CHANNEL, off, body.words))
