"""A page to look at the widget, with the strictest policy that it stands."""

import base64
import hashlib
from functools import cache
from importlib import resources

from services.api.widget import script

_FOLDER = resources.files("services.api.widget")
_STYLE = (_FOLDER / "preview.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    f"style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@cache
def page(language: str) -> str:
    """The page in one of our languages."""
    words = script.words()[language]
    tag = {"zh": "zh-CN", "en": "en"}[language]
    return f"""<!doctype html>
<html lang="{tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{words["preview_title"]}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{words["preview_title"]}</h1>
<p>{words["preview_lead"]}</p>
</main>
<script src="widget.js" async></script>
</body>
</html>
"""
