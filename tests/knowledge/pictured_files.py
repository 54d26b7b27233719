"""Small documents that hold real pictures beside known words."""

import base64
import io
import random
import zlib
from collections.abc import Sequence
from html import escape

from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.util import Inches

from tests.knowledge.files import archive, paragraph

_WORD_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><script>alert(1)</script></svg>'

Part = str | bytes
"""Words, or a picture."""


def photo(seed: int, size: tuple[int, int] = (320, 240), kind: str = "PNG", **options: object) -> bytes:
    """A colourful picture that looks unlike those of other seeds."""
    chance = random.Random(seed)
    image = Image.new("RGB", size, (chance.randrange(256), chance.randrange(256), chance.randrange(256)))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        left, top = chance.randrange(size[0]), chance.randrange(size[1])
        right, bottom = left + chance.randrange(20, 160), top + chance.randrange(20, 120)
        draw.ellipse((left, top, right, bottom), fill=tuple(chance.randrange(256) for _ in range(3)))
    return saved(image, kind, **options)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """The image as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def bomb() -> bytes:
    """A small PNG that unpacks to more pixels than may be read."""
    return saved(Image.new("1", (20_000, 20_000)), "PNG")


def svg() -> bytes:
    """A drawing that would run a script where it is shown as it is."""
    return _SVG


def address(picture: bytes, media_type: str = "image/png") -> str:
    """The picture as a `data:` address."""
    return f"data:{media_type};base64,{base64.b64encode(picture).decode()}"


def web_page(*parts: Part) -> bytes:
    """A page with these paragraphs and pictures."""
    body = "".join(
        f"<p>{escape(part)}</p>" if isinstance(part, str) else f'<img src="{address(part)}">' for part in parts
    )
    return f"<!doctype html><html><meta charset=utf-8><body>{body}</body></html>".encode()


def word(*parts: Part | str) -> bytes:
    """A Word document; words that begin with "# " are a heading."""
    body, relations, media = [], [], {}
    for number, part in enumerate(parts):
        if isinstance(part, bytes):
            media[f"word/media/p{number}.png"] = part
            relations.append(
                f'<Relationship Id="p{number}" Type="{_WORD_RELATIONS}/image" Target="media/p{number}.png"/>'
            )
            drawn = f'<pic:pic><pic:blipFill><a:blip r:embed="p{number}"/></pic:blipFill></pic:pic>'
            inline = f"<wp:inline><a:graphic><a:graphicData>{drawn}</a:graphicData></a:graphic></wp:inline>"
            body.append(f"<w:p><w:r><w:drawing>{inline}</w:drawing></w:r></w:p>")
        elif part.startswith("# "):
            body.append(paragraph(part[2:], "Heading1"))
        else:
            body.append(paragraph(part))
    return archive({**word_parts("".join(body), "".join(relations)), **media})


def word_parts(body: str, relations: str) -> dict[str, str | bytes]:
    """The parts of a Word document without its media."""
    main = f'<Relationship Id="r1" Type="{_WORD_RELATIONS}/officeDocument" Target="word/document.xml"/>'
    package = "http://schemas.openxmlformats.org/package/2006"
    related = f'xmlns="{package}/relationships"'
    styles = '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    names = (
        f'{w} xmlns:r="{_WORD_RELATIONS}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
    )
    relations += f'<Relationship Id="s1" Type="{_WORD_RELATIONS}/styles" Target="styles.xml"/>'
    return {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        'ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/></Types>',
        "_rels/.rels": f"<Relationships {related}>{main}</Relationships>",
        "word/_rels/document.xml.rels": f"<Relationships {related}>{relations}</Relationships>",
        "word/styles.xml": f"<w:styles {w}>{styles}</w:styles>",
        "word/document.xml": f"<w:document {names}><w:body>{body}</w:body></w:document>",
    }


def slides(*pages: tuple[str, str, Sequence[bytes]]) -> bytes:
    """A presentation: the title, the words and the pictures of each slide."""
    presentation = Presentation()
    for title, words, pictures in pages:
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, words
        for number, picture in enumerate(pictures):
            slide.shapes.add_picture(io.BytesIO(picture), Inches(1 + 3 * number), Inches(5), height=Inches(2))
    out = io.BytesIO()
    presentation.save(out)
    return out.getvalue()


def pdf(*pages: Sequence[Part], clip: str = "", turned: int = 0) -> bytes:
    """A PDF whose pages hold these lines and pictures from the top down, each picture 200 points wide and 150 high.

    `clip` is a path, drawn with a picture's lower left corner as its origin, outside of which nothing is seen;
    the pages are shown `turned` by so many degrees.
    """
    objects: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",  # the list of pages, known in the end
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    images: dict[bytes, int] = {}
    kids = []
    for page in pages:
        y, drawn, used = 780.0, [], []
        for part in page:
            if isinstance(part, str):
                y -= 24
                drawn.append(f"BT /F1 11 Tf 1 0 0 1 60 {y} Tm ({part}) Tj ET")
                continue
            if part not in images:
                objects.append(_image_object(part))
                images[part] = len(objects)
            y -= 165
            drawn.append(f"q 1 0 0 1 60 {y} cm {clip} 200 0 0 150 0 0 cm /I{images[part]} Do Q")
            used.append(f"/I{images[part]} {images[part]} 0 R")
        content = "\n".join(drawn).encode()
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate {turned} "
            f"/Contents {len(objects)} 0 R /Resources << /Font << /F1 3 0 R >> "
            f"/XObject << {' '.join(used)} >> >> >>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    return _pdf_file(objects)


def _image_object(picture: bytes) -> bytes:
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    packed = zlib.compress(image.tobytes())
    return (
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 "
        b"/Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream" % (*image.size, len(packed), packed)
    )


def _pdf_file(objects: Sequence[bytes]) -> bytes:
    out, offsets = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    return out.getvalue()


def book(*chapters: Sequence[Part]) -> bytes:
    """An EPUB whose chapters lie in a folder and their pictures in another."""
    parts: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
    }
    items, spine = [], []
    for number, chapter in enumerate(chapters):
        body = ""
        for at, part in enumerate(chapter):
            if isinstance(part, str):
                body += f"<p>{escape(part)}</p>"
            else:
                parts[f"OEBPS/images/{number} {at}.png"] = part
                body += f'<img src="../images/{number}%20{at}.png" alt=""/>'
        parts[f"OEBPS/text/{number}.xhtml"] = f"<html><body>{body}</body></html>"
        items.append(f'<item id="c{number}" href="text/{number}.xhtml" media-type="application/xhtml+xml"/>')
        spine.append(f'<itemref idref="c{number}"/>')
    parts["OEBPS/book.opf"] = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>Guide</dc:title></metadata><manifest>{''.join(items)}</manifest>"
        f"<spine>{''.join(spine)}</spine></package>"
    )
    return archive(parts)


def open_text(*parts: Part) -> bytes:
    """An OpenDocument text."""
    body, media = _open_parts(parts)
    return _open_document("text", f"<office:text>{body}</office:text>", media)


def open_slides(*pages: Sequence[Part]) -> bytes:
    """An OpenDocument presentation."""
    body, media = "", {}
    for number, page in enumerate(pages):
        inside, found = _open_parts(page, f"{number}-")
        body += f'<draw:page draw:name="p{number}">{inside}</draw:page>'
        media |= found
    return _open_document("presentation", f"<office:presentation>{body}</office:presentation>", media)


def _open_parts(parts: Sequence[Part], prefix: str = "") -> tuple[str, dict[str, bytes]]:
    body, media = "", {}
    for at, part in enumerate(parts):
        place = f'svg:x="1cm" svg:y="{1 + 3 * at}cm" svg:height="2cm"'
        if isinstance(part, str):
            inside = f"<text:p>{escape(part)}</text:p>"
            body += (
                f"<draw:frame {place}><draw:text-box>{inside}</draw:text-box></draw:frame>" if prefix else inside
            )
        else:
            media[f"Pictures/{prefix}{at}.png"] = part
            frame = f'<draw:frame {place}><draw:image xlink:href="Pictures/{prefix}{at}.png"/></draw:frame>'
            body += frame if prefix else f"<text:p>{frame}</text:p>"
    return body, media


def _open_document(kind: str, body: str, media: dict[str, bytes]) -> bytes:
    urn = "urn:oasis:names:tc:opendocument:xmlns:"
    names = " ".join(
        f'xmlns:{prefix}="{urn}{name}:1.0"'
        for prefix, name in (("office", "office"), ("text", "text"), ("draw", "drawing"), ("svg", "svg-compatible"))
    )
    content = (
        f'<office:document-content {names} xmlns:xlink="http://www.w3.org/1999/xlink">'
        f"<office:body>{body}</office:body></office:document-content>"
    )
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    return archive({"mimetype": mimetype, "content.xml": content, **media})
