"""Fetching from a server of our own: breaks, wrong files, refusals; nothing leaves this machine."""

from __future__ import annotations

import os
import time

import pytest

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import ModelFileError, NotFoundError
from modules.hubs.download import Download, Parcel
from modules.hubs.fetching import FetchCancelledError, fetch_file, part_of
from modules.imaging.faces.known import DETECTOR, PARSER, RESTORERS
from modules.imaging.upscaling.known import KNOWN_UPSCALERS
from tests.hubs.conftest import CONTENT, SHA256


@pytest.fixture
def parcel(hub, tmp_path):
    return Parcel(Download(hub.put("/file"), SHA256, len(CONTENT), "MIT"), tmp_path / "deep" / "model.safetensors")


def unknown(parcel):
    """The same without hash and size."""
    return Parcel(Download(parcel.download.url, "", 0, ""), parcel.target)


def left(parcel):
    return sorted(path.name for path in parcel.target.parent.iterdir())


def test_the_whole_file_arrives_and_progress_is_told(hub, parcel):
    told = []
    assert fetch_file(parcel, hub.access, lambda *count: told.append(count)) == parcel.target
    assert parcel.target.read_bytes() == CONTENT and left(parcel) == ["model.safetensors"]
    assert told[-1] == (len(CONTENT), len(CONTENT)) and len(told) > 2


def test_it_connects_again_while_that_brings_it_further(hub, parcel):
    hub.breaks["/file"] = [500_000, 300_000]
    fetch_file(parcel, hub.access)
    assert parcel.target.read_bytes() == CONTENT
    assert hub.ranges_asked() == [None, "bytes=500000-", "bytes=800000-"]


def test_the_next_attempt_goes_on_where_the_last_one_stopped(hub, parcel):
    hub.breaks["/file"] = [500_000, 0]
    with pytest.raises(NotFoundError, match="broke after 500000 of 1400000") as caught:
        fetch_file(parcel, hub.access)
    assert "goes on where it stopped" in caught.value.remedy and str(parcel.target.parent) in caught.value.remedy
    assert left(parcel) == [part_of(parcel).name] and part_of(parcel).stat().st_size == 500_000
    hub.asked.clear()
    fetch_file(parcel, hub.access)
    assert parcel.target.read_bytes() == CONTENT and hub.ranges_asked() == ["bytes=500000-"]


def test_a_part_that_is_whole_needs_no_connection(hub, parcel):
    part_of(parcel).parent.mkdir()
    part_of(parcel).write_bytes(CONTENT)
    fetch_file(parcel, hub.access)
    assert hub.asked == [] and left(parcel) == ["model.safetensors"]


@pytest.mark.parametrize("known_size", [True, False])
def test_servers_that_cannot_go_on_begin_again(hub, parcel, known_size):
    wanted = parcel if known_size else unknown(parcel)
    hub.ranges = False
    part_of(wanted).parent.mkdir()
    part_of(wanted).write_bytes(b"weights" * 10)
    fetch_file(wanted, hub.access)
    assert parcel.target.read_bytes() == CONTENT


def test_a_part_that_is_too_long_is_not_gone_on_with(hub, parcel):
    part_of(parcel).parent.mkdir()
    part_of(parcel).write_bytes(CONTENT + b"more")
    fetch_file(parcel, hub.access)
    assert parcel.target.read_bytes() == CONTENT and hub.ranges_asked() == [None]


def test_a_part_of_another_version_is_not_gone_on_with(parcel):
    other = Parcel(Download(parcel.download.url, "", len(CONTENT), "", version='"2"'), parcel.target)
    assert len({part_of(parcel), part_of(unknown(parcel)), part_of(other)}) == 3


@pytest.mark.parametrize(("content", "size"), [(b"x" + CONTENT[1:], len(CONTENT)), (CONTENT, len(CONTENT) - 7)])
def test_other_bytes_are_deleted(hub, parcel, content, size):
    hub.put("/file", content)
    wrong = Parcel(Download(parcel.download.url, SHA256, size, "MIT"), parcel.target)
    with pytest.raises(ModelFileError, match="not the file that was published"):
        fetch_file(wrong, hub.access)
    assert left(parcel) == []


def test_a_damaged_part_is_noticed_and_the_next_attempt_is_clean(hub, parcel):
    part_of(parcel).parent.mkdir()
    part_of(parcel).write_bytes(b"damaged")
    with pytest.raises(ModelFileError, match="not the file"):
        fetch_file(parcel, hub.access)
    fetch_file(parcel, hub.access)
    assert parcel.target.read_bytes() == CONTENT


def test_a_refusal_leaves_nothing(hub, parcel):
    hub.put("/file", b"", status=404)
    with pytest.raises(NotFoundError, match=r"could not be downloaded .*nothing at this address"):
        fetch_file(parcel, hub.access)
    assert left(parcel) == []


def test_a_web_page_is_not_kept(hub, parcel):
    hub.put("/file", b"<html>log in</html>", Content_Type="text/html; charset=utf-8")
    with pytest.raises(ModelFileError, match="a web page instead"):
        fetch_file(parcel, hub.access)
    assert left(parcel) == []


@pytest.mark.parametrize("asked_by", ["interrupt", "skip"])
def test_a_person_who_cancels_leaves_nothing_but_closing_keeps_the_part(hub, parcel, asked_by):
    cancellation = Cancellation()

    def stop(done, total):
        if done:
            getattr(cancellation, asked_by)()

    with pytest.raises(FetchCancelledError):
        fetch_file(parcel, hub.access, stop, cancellation)
    assert left(parcel) == ([] if asked_by == "interrupt" else [part_of(parcel).name])


def test_parts_that_nobody_went_on_with_are_swept(hub, parcel):
    folder = parcel.target.parent
    folder.mkdir()
    for name, days in ((".old.safetensors.1.part", 20), (".new.safetensors.1.part", 2)):
        (folder / name).write_bytes(b"")
        os.utime(folder / name, (time.time() - days * 86400,) * 2)
    fetch_file(parcel, hub.access)
    assert left(parcel) == [".new.safetensors.1.part", "model.safetensors"]


def test_a_folder_that_is_a_file_is_said(hub, parcel):
    parcel.target.parent.write_text("not a folder")
    with pytest.raises(Exception, match="could not be written"):
        fetch_file(parcel, hub.access)


@pytest.mark.parametrize("known", [*KNOWN_UPSCALERS, *RESTORERS, DETECTOR, PARSER], ids=lambda known: known.label)
def test_what_is_offered_is_secure_and_checked(known):
    if known.download:
        assert known.download.url.startswith("https://github.com/")
        assert len(bytes.fromhex(known.download.sha256)) == 32
        assert 0 < known.download.size_bytes < 2**30 and known.download.licence
        assert known.download.source.count("/") == 2 and known.download.url.startswith(
            f"https://{known.download.source}/releases/")
