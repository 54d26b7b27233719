"""Users whom a site vouches for: it signs their id with a secret that only it and we know."""

import hashlib
import hmac

from frontdesk.errors import Invalid, NotAllowed
from frontdesk.widget.models import LONGEST_USER_ID


def make_secret(secret_key: str, salt: str) -> str:
    """The identity secret: 64 hexadecimal digits, which follow from the installation's key and the salt."""
    return hmac.new(secret_key.encode(), f"frontdesk.identity:{salt}".encode(), hashlib.sha256).hexdigest()


def require_vouched(secret: str, user_id: str, user_hash: str) -> None:
    """Raises Invalid for an id that can be none, NotAllowed unless `user_hash` is its HMAC-SHA256, hexadecimal."""
    if not 0 < len(user_id) <= LONGEST_USER_ID or not user_id.isprintable() or user_id != user_id.strip():
        raise Invalid(f"A user id has 1 to {LONGEST_USER_ID} printable characters.", code="user_id_invalid")
    expected = hmac.new(secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), user_hash.lower().encode()):
        raise NotAllowed("The hash is not that of this user id.", code="identity_refused")
