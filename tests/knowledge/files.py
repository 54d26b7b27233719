"""Small documents, written byte by byte where no library for writing them is among ours."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

SAMPLES = Path(__file__).resolve().parents[2] / "frontdesk" / "sample_shop" / "documents"

_WORD_NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


class Text(NamedTuple):
    """A line of text on a PDF page, placed in points from the bottom left."""

    x: float
    y: float
    text: str
    size: float = 10
    bold: bool = False
    turned: bool = False


def pdf(
    pages: Sequence[Iterable[Text]], rules: Iterable[tuple[float, float, float, float]] = (), extra: str = ""
) -> bytes:
    """A PDF with these lines of text; `rules` are drawn on every page, `extra` is put into the trailer."""
    drawn = " ".join(f"{x0} {y0} m {x1} {y1} l S" for x0, y0, x1, y1 in rules)
    kids = " ".join(f"{5 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    for at, texts in enumerate(pages):
        content = drawn + " " + " ".join(map(_show, texts))
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> "
            f"/Contents {6 + 2 * at} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1"))
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.writelines(f"{offset:010} 00000 n \n".encode() for offset in offsets)
    out.write(f"trailer << /Size {len(objects) + 1} /Root 1 0 R {extra} >>\nstartxref\n{start}\n%%EOF".encode())
    return out.getvalue()


def _show(text: Text) -> str:
    escaped = text.text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    matrix = "0.7 0.7 -0.7 0.7" if text.turned else "1 0 0 1"
    return f"BT /F{2 if text.bold else 1} {text.size} Tf {matrix} {text.x} {text.y} Tm ({escaped}) Tj ET"


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip with these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def repacked(source: Path, changes: Mapping[str, str | bytes]) -> bytes:
    """A copy of an Office file with some parts replaced or added."""
    with zipfile.ZipFile(source) as file:
        parts: dict[str, str | bytes] = {name: file.read(name) for name in file.namelist()}
    return archive(parts | changes)


def word(*body: str, relations: str = "") -> bytes:
    """A Word document with this XML as its body."""
    main = f'<Relationship Id="r1" Type="{_RELATIONS}/officeDocument" Target="word/document.xml"/>'
    return archive(
        {
            "[Content_Types].xml": _CONTENT_TYPES,
            "_rels/.rels": _related(main),
            "word/_rels/document.xml.rels": _related(relations),
            "word/document.xml": f"<w:document {_WORD_NAMESPACE}><w:body>{''.join(body)}</w:body></w:document>",
        }
    )


def _related(relations: str) -> str:
    return f'<Relationships xmlns="{_PACKAGE_RELATIONS}">{relations}</Relationships>'


def paragraph(text: str, style: str = "", *, bold: bool = False) -> str:
    """A Word paragraph; `style` is the id of a style, such as Heading1."""
    look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    weight = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f"<w:p>{look}<w:r>{weight}<w:t>{text}</w:t></w:r></w:p>"


def word_table(rows: Iterable[Iterable[str]], *, bold_names: bool = False) -> str:
    """A Word table; with `bold_names` its first row is bold."""
    lines = (
        "".join(f"<w:tc>{paragraph(cell, bold=bold_names and number == 0)}</w:tc>" for cell in row)
        for number, row in enumerate(rows)
    )
    return f"<w:tbl>{''.join(f'<w:tr>{line}</w:tr>' for line in lines)}</w:tbl>"
