"""Web origins as browsers send them, from what people write."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from frontdesk.errors import Invalid

MOST_ORIGINS = 20
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\]")


def clean_origins(written: Sequence[str]) -> list[str]:
    """The origins, each once and in their order; raises Invalid for what is none, and for too many."""
    origins = list(dict.fromkeys(clean_origin(one) for one in written if one.strip()))
    if len(origins) > MOST_ORIGINS:
        raise Invalid(f"At most {MOST_ORIGINS} websites can be allowed.", code="too_many_origins")
    return origins


def clean_origin(written: str) -> str:
    """`https://Shop.Example:443/` as `https://shop.example`; raises Invalid for anything but one exact origin."""
    try:
        parts = urlsplit(written.strip())
        port = parts.port
        host = _host(parts.hostname or "")
    except ValueError as error:
        raise _refused(written) from error
    beside = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in _DEFAULT_PORTS or beside or not _HOST.fullmatch(host):
        raise _refused(written)
    suffix = f":{port}" if port not in (None, _DEFAULT_PORTS[parts.scheme]) else ""
    return f"{parts.scheme}://{host}{suffix}"


def _host(hostname: str) -> str:
    if ":" in hostname:
        return f"[{hostname}]"
    # Browsers send names in other scripts in their ASCII form.
    return hostname if hostname.isascii() else hostname.encode("idna").decode("ascii")


def _refused(written: str) -> Invalid:
    shown = written.strip()[:80].encode(errors="replace").decode()  # half a character cannot be sent back
    return Invalid(
        f"{shown!r} is not the address of a website such as https://shop.example, without a path.",
        code="origin_invalid",
        details=[{"origin": shown}],
    )
