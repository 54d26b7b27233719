"""One spelling for each address of the web, so that a page is asked for once however it is linked to."""

import re
from urllib.parse import quote, unquote, urljoin, urlsplit

from frontdesk.errors import Invalid

LONGEST = 2000
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(
    r"(?:utm_.*|pk_.*|mtm_.*|hsa_.*|_hs.*|mc_[ce]id|[gdy]clid|gclsrc|wbraid|gbraid|fbclid|msclkid|igshid|twclid"
    r"|_ga|_gl|spm|scm|bd_vid|phpsessid|jsessionid)",
    re.IGNORECASE,
)
_SESSION_IN_PATH = re.compile(r";jsessionid=[^/?]*", re.IGNORECASE)
_PATH_SAFE = "/:@!$&'()*+,;=~-._"
_QUERY_SAFE = _PATH_SAFE + "?[]"
_BLANKS = re.compile(r"[\t\n\r]")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"(%[0-9A-Fa-f]{2})")


def canonical(address: str, base: str | None = None) -> str | None:
    """The one spelling of a web address, in ASCII; `base` is the page that a link stands on.

    Host in lower case, no fragment, no default port, no parameters that only track a visitor. None for what is no
    address of the web, for one with a user's name or password in it, and for one of more than `LONGEST` characters.
    """
    address = _BLANKS.sub("", address.strip())
    try:
        parts = urlsplit(urljoin(base, address) if base else address)
        port, host = parts.port, parts.hostname
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc:
        return None
    try:
        host = _ascii_host(host.rstrip("."))
    except UnicodeError:
        return None
    if not host:
        return None
    place = host if port in (None, _DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    path = _respelt(_without_dots(_SESSION_IN_PATH.sub("", parts.path)), _PATH_SAFE) or "/"
    query = _query(parts.query)
    found = f"{scheme}://{place}{path}{f'?{query}' if query else ''}"
    return found if len(found) <= LONGEST else None


def typed(address: str) -> str:
    """The address that a person typed, who may have left out `https://`. Raises Invalid with feed_address."""
    address = address.strip()
    found = canonical(address if "://" in address else f"https://{address}")
    host = urlsplit(found).hostname if found else None
    if found is None or host is None or not re.search(r"[.:]|^localhost$|^\d+$", host):
        raise Invalid(
            "This is not the address of a website, such as https://shop.example/help/.", code="feed_address"
        )
    return found


def path_of(address: str) -> str:
    """Path and query of a canonical address."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def respelt_path(path: str) -> str:
    """A path, or the beginning of one, in the spelling that canonical addresses have."""
    return _respelt(path, _QUERY_SAFE)


def _ascii_host(host: str) -> str:
    if ":" in host:
        return f"[{host.lower()}]"
    return host.lower() if host.isascii() else host.encode("idna").decode("ascii").lower()


def _respelt(text: str, safe: str) -> str:
    """Percent signs only where they have to be, and always the same ones."""
    pieces = _ESCAPE.split(_LONE_PERCENT.sub("%25", text))
    return "".join(_escape(piece) if number % 2 else quote(piece, safe) for number, piece in enumerate(pieces))


def _escape(piece: str) -> str:
    character = unquote(piece, errors="replace")
    return character if character.isascii() and (character.isalnum() or character in "-._~") else piece.upper()


def _without_dots(path: str) -> str:
    kept: list[str] = []
    for part in path.split("/")[1:]:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    if path.endswith(("/.", "/..")):
        kept.append("")
    return "/" + "/".join(kept)


def _query(query: str) -> str:
    kept = (part for part in query.split("&") if part and not _TRACKING.fullmatch(unquote(part.partition("=")[0])))
    return _respelt("&".join(kept), _QUERY_SAFE)
