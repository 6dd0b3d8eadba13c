import pytest
from PIL import Image

from modules.artefacts.exif import EXIF_IFD, USER_COMMENT, read_user_comment, write_user_comment


def with_comment(comment):
    exif = Image.Exif()
    exif[EXIF_IFD] = {USER_COMMENT: comment}
    return exif.tobytes()


def test_the_comment_is_utf16_big_endian():
    assert write_user_comment("é a").endswith(b"UNICODE\0" + bytes.fromhex("00e900200061"))


@pytest.mark.parametrize("text", ["a", "é\nx: y", "名前 😀", "x" * 100_000])
def test_what_was_written_is_read_back(text):
    assert read_user_comment(write_user_comment(text)) == text


@pytest.mark.parametrize("comment, text", [
    (b"UNICODE\0" + "ab名".encode("utf-16-le"), "ab名"),
    (b"UNICODE\0" + "ab".encode("utf-16"), "ab"),
    (b"ASCII\0\0\0plain", "plain"),
    (b"caf\xc3\xa9 \xff", "café "),
    (b"", ""),
])
def test_comments_of_other_programs(comment, text):
    assert read_user_comment(with_comment(comment)) == text


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("block", [b"", b"Exif\0\0", b"junk" * 9, write_user_comment("hello")[:40]])
def test_a_damaged_block_has_no_comment(block):
    assert read_user_comment(block) == ""
