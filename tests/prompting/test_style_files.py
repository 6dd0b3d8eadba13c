from __future__ import annotations

import codecs
import time

import pytest

from modules.foundation.errors import ConfigurationError
from modules.prompting.style_files import StyleBook, read_styles, write_styles
from modules.prompting.styles import Style


def texts(styles):
    return [(style.name, style.prompt, style.negative_prompt) for style in styles]


@pytest.mark.parametrize("content, expected", [
    ("name,prompt,negative_prompt\r\nA,x,y\r\n", [("A", "x", "y")]),
    ("\ufeffname,prompt,negative_prompt\nA, x,\n", [("A", "x", "")]),
    ("name,text\nOld,masterpiece\n", [("Old", "masterpiece", "")]),
    ('name,prompt,negative_prompt\nA,"one\ntwo, ""q""",y\n', [("A", 'one\ntwo, "q"', "y")]),
    ("name,prompt,negative_prompt\n#gone,x,y\n,x,y\nA\n\n", [("A", "", "")]),
    ("negative_prompt,name,prompt\nn,A,p\n", [("A", "p", "n")]),
    ("name,prompt,negative_prompt\nA,a\0b,\n", [("A", "ab", "")]),
    ("name,prompt,negative_prompt\nA,=cmd|'/c calc'!A1,\n", [("A", "=cmd|'/c calc'!A1", "")]),
    ("", []),
])
def test_reading(tmp_path, content, expected):
    path = tmp_path / "styles.csv"
    path.write_bytes(content.encode())
    assert texts(read_styles(path)) == expected


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_reading_what_spreadsheets_save(tmp_path, encoding):
    path = tmp_path / "styles.csv"
    path.write_bytes("name,prompt,negative_prompt\r\nMalerei,Gemälde,\r\n".encode(encoding))
    assert texts(read_styles(path)) == [("Malerei", "Gemälde", "")]


@pytest.mark.parametrize("content", [b"a,b\nc,d\n", b'name,prompt\nA,"' + b"x" * 200_000])
def test_a_broken_file_says_what_is_wrong(tmp_path, content):
    path = tmp_path / "styles.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"styles\.csv cannot be read"):
        read_styles(path)


def test_writing_is_read_back(tmp_path):
    path = tmp_path / "styles.csv"
    styles = [Style("A", 'one\ntwo, "q"', "  "), Style("Ä", "", "=1+1")]
    write_styles(path, styles)
    data = path.read_bytes()
    assert data.startswith(codecs.BOM_UTF8 + b"name,prompt,negative_prompt\r\n")
    assert data.endswith("Ä,,=1+1\r\n".encode())
    assert texts(read_styles(path)) == texts([Style("A", 'one\ntwo, "q"', ""), styles[1]])


def test_writing_keeps_the_file_before(tmp_path):
    path = tmp_path / "styles.csv"
    write_styles(path, [Style("A")])
    write_styles(path, [Style("B")])
    assert texts(read_styles(tmp_path / "styles.csv.bak")) == [("A", "", "")]


def test_a_book_of_one_file(tmp_path):
    book = StyleBook([tmp_path / "styles.csv"])
    book.reload()
    assert dict(book.styles) == {}
    book.put(Style("A", "x"))
    book.put(Style("B", "y"))
    book.put(Style("A", "z"))
    book.delete("B")
    book.delete("nobody")
    assert texts(read_styles(tmp_path / "styles.csv")) == [("A", "z", "")]
    assert texts(book.styles.values()) == [("A", "z", "")]


def test_a_book_of_several_files_has_dividers(tmp_path):
    for name in ("b_styles.csv", "A_styles.csv"):
        write_styles(tmp_path / name, [Style(name[0])])
    book = StyleBook([tmp_path / "*_styles.csv"])
    book.reload()
    assert list(book.styles) == ["--------------- A_STYLES ---------------", "A",
                                 "--------------- B_STYLES ---------------", "b"]
    assert [style.is_divider for style in book.styles.values()] == [True, False, True, False]
    book.put(Style("b", "changed"))
    book.put(Style("new", "n"))
    assert texts(read_styles(tmp_path / "b_styles.csv")) == [("b", "changed", "")]
    assert texts(read_styles(tmp_path / "A_styles.csv")) == [("A", "", "")]
    assert texts(read_styles(tmp_path / "styles.csv")) == [("new", "n", "")]


def test_an_unreadable_file_is_neither_hidden_nor_overwritten(tmp_path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    write_styles(good, [Style("A")])
    bad.write_text("no header\n")
    book = StyleBook([bad, good])
    with pytest.raises(ConfigurationError):
        book.reload()
    assert "A" in book.styles
    with pytest.raises(ConfigurationError):
        book.put(Style("B"))
    assert bad.read_text() == "no header\n"


def test_a_huge_file_loads_quickly(tmp_path):
    path = tmp_path / "styles.csv"
    path.write_text("name,prompt,negative_prompt\n" + "".join(f"s{n},p{n},n{n}\n" for n in range(100_000)))
    start = time.thread_time()
    assert len(read_styles(path)) == 100_000
    assert time.thread_time() - start < 2
