"""As which kind of file a page is kept, told by what the site says and by what the address looks like."""

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

PAGE = ".html"
_BY_TYPE = {
    "text/html": PAGE,
    "application/xhtml+xml": PAGE,
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.presentation": ".odp",
}
_KEPT = frozenset(_BY_TYPE.values()) | {".htm", ".tsv"}
_SAYS_NOTHING = ("", "application/octet-stream", "binary/octet-stream", "application/x-download", "text/plain")
_NO_PAGES = (
    "jpg jpeg png gif webp svg ico bmp tif tiff avif heic psd ai eps mp3 mp4 m4a m4v mov avi wmv webm ogg wav flv "
    "mkv zip rar 7z gz tgz tar bz2 xz exe msi dmg apk ipa iso bin css js mjs json map xml rss atom ics vcf woff "
    "woff2 ttf otf eot swf"
)
_NEVER_PAGES = frozenset(f".{suffix}" for suffix in _NO_PAGES.split())


def suffix_of_reply(content_type: str, url: str) -> str | None:
    """The extension that a page's file gets; None for what is no text to be kept, such as a picture."""
    written = _suffix(url)
    if content_type in _SAYS_NOTHING and written in _KEPT:
        return PAGE if written == ".htm" else written
    return _BY_TYPE.get(content_type) if content_type else PAGE


def may_be_page(url: str) -> bool:
    """Whether to ask for an address: not where its extension is that of a picture, a film or a program."""
    return _suffix(url) not in _NEVER_PAGES


def file_name(url: str) -> str:
    """The last part of an address's path, as a person reads it; empty when there is none."""
    return unquote(PurePosixPath(urlsplit(url).path).name)


def _suffix(url: str) -> str:
    return PurePosixPath(urlsplit(url).path).suffix.lower()
