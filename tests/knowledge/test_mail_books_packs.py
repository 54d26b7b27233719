"""Documents that come as mails, books, archives and JSON."""

import json
import random
import struct
import zipfile
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing import Block, BlockKind, Location, check_upload, parse
from tests.knowledge.files import Text, archive, paragraph, pdf, word

HEADING, PROSE, ROW = BlockKind.HEADING, BlockKind.PROSE, BlockKind.ROW
SECTOR = 512


@pytest.fixture
def stored(tmp_path: Path):
    def stored(content: bytes | str) -> Path:
        path = tmp_path / "stored"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return stored


@pytest.fixture
def read(stored):
    def read(name: str, content: bytes | str) -> list[Block]:
        return list(parse(stored(content), name))

    return read


@pytest.fixture
def refusal(stored):
    """The error with which a file is refused, at the latest when it is read."""

    def refusal(name: str, content: bytes | str) -> Invalid:
        with pytest.raises(Invalid) as refused:
            list(parse(stored(content), name))
        return refused.value

    return refusal


def texts(blocks: list[Block], *kinds: BlockKind) -> list[str]:
    return [block.text for block in blocks if not kinds or block.kind in kinds]


def places(blocks: list[Block]) -> list[tuple[str | None, str]]:
    return [(block.location.heading, block.text) for block in blocks if block.kind is not HEADING]


def mail(subject: str, plain: str | None = None, html: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ann <ann@example.com>"
    message["Subject"] = subject
    if plain is not None:
        message.set_content(plain)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


def raw_mail(body: bytes, charset: str, subject: bytes = b"Fees") -> bytes:
    return b"Subject: %s\nContent-Type: text/plain; charset=%s\n\n%s" % (subject, charset.encode(), body)


class TestMail:
    def test_the_subject_stands_above_the_text(self, read):
        content = mail("退货说明", "七天内可以退货。\n", "<p>not this</p>").as_bytes()
        assert places(read("a.eml", content)) == [("退货说明", "七天内可以退货。")]

    def test_a_mail_in_html_only(self, read):
        message = mail("Fees")
        message.set_content(
            "<table><tr><th>Region</th><th>Fee</th></tr><tr><td>Hainan</td><td>18</td></tr></table>"
        )
        message.replace_header("Content-Type", "text/html; charset=utf-8")
        assert places(read("a.eml", message.as_bytes())) == [("Fees", "Region: Hainan; Fee: 18")]

    def test_a_blank_plain_part_does_not_hide_the_page(self, read):
        assert places(read("a.eml", mail("Fees", " \n", "<p>18 per kg.</p>").as_bytes())) == [
            ("Fees", "18 per kg.")
        ]

    @pytest.mark.parametrize(
        ("text", "encoding", "declared"),
        [
            ("海南省的运费是每公斤十八元。", "gb18030", "gb2312"),
            ("今後ともよろしくお願い申し上げます。", "cp932", "Shift_JIS"),
            ("今後ともよろしくお願い申し上げます。", "iso2022_jp", "ISO-2022-JP"),
            ("海南省的运费是每公斤十八元，三天送到您的地址。", "gb18030", "us-ascii"),
            ("海南省的运费是每公斤十八元，三天送到您的地址。", "gb18030", "iso-8859-1"),
            ("海南省的运费是每公斤十八元。", "utf-8", "iso-8859-1"),
            ("海南省的运费是每公斤十八元。", "utf-8", "no-such-charset"),
            ("海南省的运费是每公斤十八元。", "utf-8", "hex"),
            ("Grüße aus Köln, 5 €", "cp1252", "iso-8859-1"),
        ],
    )
    def test_charsets_whether_declared_rightly_or_not(self, read, text, encoding, declared):
        assert texts(read("a.eml", raw_mail(text.encode(encoding), declared)), PROSE) == [text]

    @pytest.mark.parametrize(
        "subject",
        [
            "关于海南省运费的说明和退货地址".encode("gb18030"),
            "关于海南省运费的说明和退货地址".encode(),
            b"=?gb2312?B?%s?=" % b64encode("关于海南省运费的说明和退货地址".encode("gb18030")),
            b"=?iso-8859-1?B?%s?=" % b64encode("关于海南省运费的说明和退货地址".encode("gb18030")),
        ],
    )
    def test_subjects_in_any_encoding(self, read, subject):
        blocks = read("a.eml", raw_mail(b"See below.", "us-ascii", subject))
        assert texts(blocks, HEADING) == ["关于海南省运费的说明和退货地址"]

    def test_attachments_and_people_are_left_out(self, read):
        message = mail("Fees", "18 per kg.")
        message.add_attachment("purchase prices", filename="secret.txt")
        blocks = read("a.eml", message.as_bytes())
        assert texts(blocks) == ["Fees", "18 per kg."]

    def test_a_mail_without_a_body(self, refusal):
        bare = mail("Only a subject")
        bare.add_attachment("secret", filename="secret.txt")
        assert refusal("a.eml", bare.as_bytes()).code == "file_no_text"
        assert refusal("a.eml", b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n").code == "file_no_text"

    @pytest.mark.parametrize("kind", ["multipart/encrypted; boundary=b", "application/pkcs7-mime"])
    def test_encrypted_mails(self, refusal, kind):
        assert refusal("a.eml", f"Subject: x\nContent-Type: {kind}\n\nMIAGCSqGSIb3").code == "file_encrypted"

    @pytest.mark.parametrize("content", ["Just some text: 18 yuan.", pdf([[Text(50, 700, "x")]]), bytes(500)])
    def test_what_is_no_mail_is_refused_at_upload(self, stored, content):
        with pytest.raises(Invalid) as refused:
            check_upload(stored(content), "a.eml")
        assert refused.value.code == "file_wrong_type"


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """An OLE container. Each stream must have 4096 bytes or more, so that none needs the store of small ones."""
    assert all(len(content) >= 4096 for content in streams.values())
    table, body, at = [], b"", 0

    def place(content: bytes) -> int:
        nonlocal body, at
        first, count = at, -(-len(content) // SECTOR)
        table.extend([*range(first + 1, first + count), 0xFFFFFFFE])
        body += content.ljust(count * SECTOR, b"\0")
        at += count
        return first

    entries = [("Root Entry", 5, 0xFFFFFFFF, 1, 0xFFFFFFFE, 0)]
    for number, (name, content) in enumerate(streams.items(), start=1):
        follows = number + 1 if number < len(streams) else 0xFFFFFFFF
        entries.append((name, 2, follows, 0xFFFFFFFF, place(content), len(content)))
    directory = place(
        b"".join(
            struct.pack(
                "<64sHBBIII36xIQ", encoded, len(encoded) + 2, kind, 1, 0xFFFFFFFF, right, child, first, size
            )
            for name, kind, right, child, first, size in entries
            for encoded in [name.encode("utf-16-le")]
        )
    )
    table_sector = at
    table.append(0xFFFFFFFD)
    assert len(table) <= SECTOR // 4
    fat = struct.pack(f"<{len(table)}I", *table).ljust(SECTOR, b"\xff")
    header = struct.pack("<8s16x5H6x", bytes.fromhex("d0cf11e0a1b11ae1"), 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, 1, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", table_sector).ljust(436, b"\xff")
    return header + body + fat


def outlook(code_page: int | None = None, **properties: bytes) -> bytes:
    """A message; a property's name ends in its type, such as p1000001F for the body in UTF-16."""
    numbers = bytes(32) if code_page is None else bytes(32) + struct.pack("<HHIQ", 3, 0x3FFD, 6, code_page)
    blank = {"001F": " ".encode("utf-16-le")}
    streams = {f"__substg1.0_{name[1:]}": (text, blank.get(name[-4:], b" ")) for name, text in properties.items()}
    padded = {name: text + (4096 - len(text)) // len(pad) * pad for name, (text, pad) in streams.items()}
    return compound_file({"__properties_version1.0": numbers.ljust(4096, b"\0"), **padded})


class TestOutlook:
    def test_the_subject_stands_above_the_text(self, read):
        subject, body = ("退货说明".encode("utf-16-le"), "七天内可以退货。".encode("utf-16-le"))
        assert places(read("a.msg", outlook(p0037001F=subject, p1000001F=body))) == [
            ("退货说明", "七天内可以退货。")
        ]

    @pytest.mark.parametrize(("code_page", "encoding"), [(936, "gb18030"), (65001, "utf-8"), (None, "gb18030")])
    def test_older_messages_in_a_code_page(self, read, code_page, encoding):
        subject, body = "运费".encode(encoding), "海南省的运费是每公斤十八元。".encode(encoding)
        blocks = read("a.msg", outlook(code_page or 936, p0037001E=subject, p1000001E=body))
        assert places(blocks) == [("运费", "海南省的运费是每公斤十八元。")]

    def test_a_message_in_html_only(self, read):
        page = '<meta charset="gb2312"><p>海南省的运费是每公斤十八元。</p>'.encode("gb18030")
        assert texts(read("a.msg", outlook(p10130102=page))) == ["海南省的运费是每公斤十八元。"]

    def test_refusals(self, refusal, subtests):
        locked = outlook(p001A001F="IPM.Note.SMIME".encode("utf-16-le"), p1000001F=b"x\0")
        whole = outlook(p1000001F=b"x\0")
        for name, content, code in (
            ("encrypted", locked, "file_encrypted"),
            ("without a body", outlook(p0037001F=b"x\0"), "file_no_text"),
            ("cut short", whole[:3000], "file_broken"),
            ("text", b"Hello", "file_wrong_type"),
            ("another container", compound_file({"WordDocument": bytes(4096)}), "file_wrong_type"),
        ):
            with subtests.test(name):
                assert refusal("a.msg", content).code == code


def book(*chapters: str, **parts: str) -> dict[str, str]:
    """An EPUB; the spine has the chapters in the order given, the manifest the other way round."""
    items = [
        f'<item id="c{at}" href="text/c%20{at}.xhtml" media-type="application/xhtml+xml"/>'
        for at in range(len(chapters))
    ]
    spine = "".join(f'<itemref idref="c{at}"/>' for at in range(len(chapters)))
    return {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OPS/package.opf"/></rootfiles></container>',
        "OPS/package.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Handbook</dc:title></metadata>'
        f"<manifest>{''.join(reversed(items))}</manifest><spine>{spine}</spine></package>",
        **{f"OPS/text/c {at}.xhtml": chapter for at, chapter in enumerate(chapters)},
        **parts,
    }


def chapter(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml">'
        f"<head><title/></head><body>{body}</body></html>"
    )


def encryption(algorithm: str) -> str:
    return (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData '
        f'xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod Algorithm="{algorithm}"/></EncryptedData>'
        "</encryption>"
    )


class TestBook:
    def test_chapters_in_the_order_of_reading(self, read):
        parts = book(
            chapter("<h1>配送</h1><p>三天送到。</p>"), chapter("<h1>退货</h1><a id='x'/><p>七天&#160;内。</p>")
        )
        assert places(read("a.epub", archive(parts))) == [
            ("Handbook > 配送", "三天送到。"),
            ("Handbook > 退货", "七天 内。"),
        ]

    def test_fonts_may_be_obfuscated_text_may_not_be_encrypted(self, read, refusal):
        parts = book(chapter("<p>Hello.</p>"))
        fonts = encryption("http://www.idpf.org/2008/embedding")
        assert texts(read("a.epub", archive(parts | {"META-INF/encryption.xml": fonts})), PROSE) == ["Hello."]
        locked = encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc")
        assert refusal("a.epub", archive(parts | {"META-INF/encryption.xml": locked})).code == "file_encrypted"

    def test_entities_are_neither_expanded_nor_fetched(self, read, tmp_path):
        (tmp_path / "secret").write_text("stolen")
        traps = f'<!DOCTYPE package [<!ENTITY x SYSTEM "file://{tmp_path}/secret"><!ENTITY y "expanded">]>'
        parts = book(chapter("<p>Hello.</p>"))
        parts["OPS/package.opf"] = traps + parts["OPS/package.opf"].replace("Handbook", "&x;&y;")
        blocks = read("a.epub", archive(parts))
        assert texts(blocks, PROSE) == ["Hello."]
        assert not any(word in text for text in texts(blocks) for word in ("stolen", "expanded"))

    def test_refusals(self, refusal, subtests):
        whole = book(chapter("<p>Hello.</p>"))
        missing = {name: part for name, part in whole.items() if not name.endswith(".xhtml")}
        for name, content, code in (
            ("cut short", archive(whole)[:-60], "file_broken"),
            ("a chapter is missing", archive(missing), "file_broken"),
            ("no XML", archive(whole | {"OPS/package.opf": "<package"}), "file_broken"),
            ("a Word document", word(paragraph("Hello")), "file_wrong_type"),
            ("text", b"Hello", "file_wrong_type"),
            ("nothing to read", archive(book(chapter("<img src='x'/>"))), "file_no_text"),
            ("an endless chapter", archive(whole | {"OPS/text/c 0.xhtml": " " * 26_000_000}), "file_too_large"),
            ("a bomb", archive(whole | {"x.bin": bytes(80_000_000)}), "file_too_large"),
        ):
            with subtests.test(name):
                assert refusal("a.epub", content).code == code


def workbook() -> bytes:
    made = openpyxl.Workbook()
    made.active.title = "运费表"
    for row in (["地区", "首重", "时效"], ["海南", 18, "5-7 天"]):
        made.active.append(row)
    content = BytesIO()
    made.save(content)
    return content.getvalue()


class TestPack:
    def test_every_file_stands_under_its_name(self, read):
        pack = archive(
            {
                "docs/returns.txt": "Within seven days.",
                "docs/fees.xlsx": workbook(),
                "docs/warranty.pdf": pdf([[Text(50, 700, "Two years.")]]),
            }
        )
        blocks = read("a.zip", pack)
        assert places(blocks) == [
            ("docs/returns.txt", "Within seven days."),
            ("docs/fees.xlsx > 运费表", "地区: 海南; 首重: 18; 时效: 5-7 天"),
            ("docs/warranty.pdf", "Two years."),
        ]
        assert blocks[-1].location == Location(page=1, heading="docs/warranty.pdf")

    def test_a_broken_file_does_not_hide_the_others(self, read):
        pack = archive(
            {
                "broken.docx": word(paragraph("lost"))[:300],
                "empty.txt": "",
                "setup.exe": b"MZ",
                "inner.zip": archive({"a.txt": "lost"}),
                "good.txt": "Within seven days.",
            }
        )
        assert places(read("a.zip", pack)) == [("good.txt", "Within seven days.")]

    def test_what_systems_add_is_no_document(self, read):
        pack = archive({"__MACOSX/._a.txt": "no", ".hidden/a.txt": "no", ".DS_Store": "no", "a.txt": "yes"})
        assert texts(read("a.zip", pack)) == ["a.txt", "yes"]

    @pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
    def test_chinese_names_as_older_programs_write_them(self, read, encoding):
        name = "售后服务/退货政策说明.txt"
        blocks = read("a.zip", unflagged({name: "七天内。"}, encoding))
        assert places(blocks) == [(name, "七天内。")]

    def test_a_damaged_member_is_left_out(self, read):
        pack = bytearray(archive({"a.txt": "lost " * 50, "b.txt": "Within seven days."}))
        pack[40] ^= 0xFF
        assert texts(read("a.zip", bytes(pack)), PROSE) == ["Within seven days."]

    def test_refusals(self, refusal, subtests):
        whole = archive({"a.txt": "Hello"})
        for name, content, code in (
            ("nothing readable", archive({"a.txt": "", "b.exe": "x"}), "file_empty"),
            ("a zip in a zip", archive({"inner.zip": whole}), "file_type_unsupported"),
            ("no text", archive({"a.html": "<nav>x</nav>"}), "file_no_text"),
            ("no files", archive({}), "file_wrong_type"),
            ("no zip", b"Hello", "file_wrong_type"),
            ("cut short", whole[:-30], "file_broken"),
            ("a bomb", archive({"a.txt": bytes(80_000_000)}), "file_too_large"),
            ("too many", archive({f"{number}.txt": "x" for number in range(1001)}), "file_too_large"),
            ("encrypted", flagged(whole), "file_encrypted"),
        ):
            with subtests.test(name):
                assert refusal("a.zip", content).code == code

    def test_the_refusal_names_the_file(self, refusal):
        assert refusal("a.zip", archive({"docs/a.txt": ""})).message.startswith("docs/a.txt: This file is empty")


def flagged(pack: bytes) -> bytes:
    """The same archive said to be encrypted."""
    changed = bytearray(pack)
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[pack.find(signature) + at] |= 1
    return bytes(changed)


def unflagged(parts: Mapping[str, str], encoding: str) -> bytes:
    """An archive whose names are in that encoding without its saying so."""

    class Named(zipfile.ZipInfo):
        def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
            return self.filename.encode(encoding), self.flag_bits & ~0x800

    out = BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in parts.items():
            file.writestr(Named(name), content)
    return out.getvalue()


class TestRecords:
    def test_an_array_of_objects(self, read):
        records = [
            {
                "question": "运费多少？",
                "answer": "海南 18 元。\n其他 8 元。",
                "price": 18.50,
                "stock": True,
                "note": None,
            },
            {"product": {"name": "Kettle", "tags": ["red", "small"]}, "sizes": [{"cm": 10}, {"cm": 20}]},
        ]
        blocks = read("a.json", json.dumps(records, ensure_ascii=False))
        assert texts(blocks) == [
            "question: 运费多少？; answer: 海南 18 元。其他 8 元。; price: 18.5; stock: true",
            "product.name: Kettle; product.tags: red, small; sizes.cm: 10; sizes.cm: 20",
        ]
        assert [block.kind for block in blocks] == [ROW, ROW]
        assert blocks[1].location == Location(row=2)

    def test_long_answers_stay_whole(self, read):
        answer = "七天内可以退货。" * 500
        assert texts(read("a.json", json.dumps([{"答案": answer}]))) == [f"答案: {answer}"]

    def test_an_object_around_the_records(self, read):
        content = '{"shop": "Qinghe", "faq": [{"q": "Can I return?", "a": "Yes."}], "hours": {"Monday": "9-18"}}'
        assert places(read("a.json", content)) == [
            (None, "shop: Qinghe"),
            ("faq", "q: Can I return?; a: Yes."),
            ("hours", "Monday: 9-18"),
        ]

    @pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
    @pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
    def test_an_object_on_each_line(self, read, name, encoding):
        lines = '{"问题": "运费多少？", "答案": "海南十八元。"}\n\n{"问题": "能退货吗？", "答案": "可以。"}\n'
        blocks = read(name, lines.encode(encoding))
        assert texts(blocks) == ["问题: 运费多少？; 答案: 海南十八元。", "问题: 能退货吗？; 答案: 可以。"]
        assert blocks[1].location == Location(row=3)

    @pytest.mark.parametrize(
        ("content", "line"),
        [('[\n{"a": 1},\n{"a": }\n]', 3), ('{"a": 1}\n{"a": 2}\n{"a": \n', 3), ("hello", 1), ('[{"a": "x"', 1)],
    )
    def test_broken_json_says_where(self, refusal, content, line):
        refused = refusal("a.json", content)
        assert refused.code == "file_broken"
        assert f"line {line} " in refused.message

    @pytest.mark.parametrize("content", ["[" * 100_000, "1" * 10_000 + "x"])
    def test_what_is_made_to_break_readers(self, refusal, content):
        assert refusal("a.json", content).code == "file_broken"

    @pytest.mark.parametrize("depth", range(50, 1100, 50))
    def test_nesting_however_deep_is_refused_or_survived(self, stored, depth):
        with suppress(Invalid):
            list(parse(stored('{"a":' * depth + "1" + "}" * depth), "a.json"))

    @pytest.mark.parametrize("content", ["{}", "[]", "null", '[{"a": null}, [], ""]'])
    def test_nothing_to_read(self, refusal, content):
        assert refusal("a.json", content).code == "file_no_text"


WHOLE = {
    "a.eml": mail("退货说明", "七天内可以退货。", "<p>七天内可以退货。</p>").as_bytes(),
    "a.msg": outlook(936, p0037001E="退货".encode("gb18030"), p1000001E="七天内可以退货。".encode("gb18030")),
    "a.epub": archive(book(chapter("<h1>配送</h1><p>三天送到。</p>"))),
    "a.zip": archive({"a.txt": "Within seven days.", "b.xlsx": workbook(), "c.docx": word(paragraph("x"))}),
    "a.jsonl": '{"问题": "运费多少？", "答案": "海南十八元。"}\n'.encode() * 9,
}


@pytest.mark.parametrize("name", WHOLE)
def test_damage_anywhere_is_refused_or_survived(stored, name):
    chance = random.Random(name)
    for _ in range(60):
        damaged = bytearray(WHOLE[name])
        if chance.random() < 0.5:
            damaged = damaged[: chance.randrange(1, len(damaged))]
        for _ in range(5):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        # Anything but Invalid fails the test.
        with suppress(Invalid):
            list(parse(stored(bytes(damaged)), name))
