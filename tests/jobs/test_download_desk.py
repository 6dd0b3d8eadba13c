"""Orders at the desk, served by a server of our own; nothing leaves this machine."""

from __future__ import annotations

import hashlib
import shutil
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from modules.extras.offers import UPSCALER
from modules.foundation.errors import InvalidRequestError, ModelFileError, NotFoundError, OutputError
from modules.hubs.access import Access
from modules.hubs.download import Download, Offer, Parcel
from modules.jobs.download_desk import DownloadDesk, DownloadState

CONTENT = b"weights" * 200_000
RIGHT = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Host:
    """The server that files come from; half of a file is sent at once, the rest when ``go_on`` is set."""

    address: str = ""
    go_on: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def host():
    host = Host()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            host.asked.append(self.path.strip("/"))
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[:len(CONTENT) // 2])
            host.go_on.wait(20)
            self.wfile.write(CONTENT[len(CONTENT) // 2:])

        def handle(self):
            try:
                super().handle()
            except ConnectionError:
                """The other side has gone, as it may."""

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        host.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield host
        host.go_on.set()
        server.shutdown()


class Menu:
    """Labels and the files behind them; a label is offered while one of its files is not there."""

    def __init__(self, models, host) -> None:
        self.models, self.host, self.offers, self.arrivals = models, host, {}, 0

    def put(self, label, *names, sha256=RIGHT, address=None):
        self.offers[label] = Offer(label, UPSCALER, tuple(
            Parcel(Download(f"{address or self.host.address}/{name}", sha256, len(CONTENT), "MIT"),
                   self.models / "Kind" / name) for name in names))

    def list(self):
        return [offer for offer in self.offers.values() if any(
            not parcel.target.exists() for parcel in offer.files)]

    def arrived(self):
        self.arrivals += 1


@pytest.fixture
def menu(tmp_path, host):
    return Menu(tmp_path / "models", host)


@pytest.fixture
def desk(menu):
    desk = DownloadDesk(Access(), menu.list, menu.arrived)
    yield desk
    menu.host.go_on.set()
    desk.close()


def look(desk, label):
    return next(view for view in desk.views() if view.offer.label == label)


def wait_for(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def ended(desk, label):
    wait_for(lambda: not look(desk, label).state.under_way)
    return look(desk, label)


def kept(menu):
    return sorted(path.name for path in menu.models.rglob("*") if path.is_file())


def test_nothing_is_contacted_before_somebody_asks(desk, menu):
    menu.put("A", "a.pth")
    view = look(desk, "A")
    assert view.state is DownloadState.OFFERED and view.offer.size_bytes == len(CONTENT)
    assert menu.host.asked == [] and kept(menu) == []


def test_all_files_of_an_order_arrive_and_progress_is_told(desk, menu):
    menu.put("A", "a.pth", "b.pth")
    desk.start("A")
    wait_for(lambda: look(desk, "A").done_bytes)
    view = look(desk, "A")
    assert view.state is DownloadState.RUNNING and 0 < view.done_bytes <= len(CONTENT) // 2 + 1
    menu.host.go_on.set()
    view = ended(desk, "A")
    assert view.state is DownloadState.DONE and view.done_bytes == 2 * len(CONTENT) == view.offer.size_bytes
    assert kept(menu) == ["a.pth", "b.pth"] and menu.arrivals == 1
    with pytest.raises(NotFoundError, match="nothing to download for A"):
        desk.start("A")


def test_asking_twice_fetches_once(desk, menu):
    menu.put("A", "a.pth")
    for _ in range(3):
        desk.start("A")
    menu.host.go_on.set()
    assert ended(desk, "A").state is DownloadState.DONE
    assert menu.host.asked == ["a.pth"]


def test_one_at_a_time_and_what_another_order_brought_is_not_fetched_again(desk, menu):
    menu.put("A", "a.pth", "shared.pth")
    menu.put("B", "b.pth", "shared.pth")
    desk.start("A")
    desk.start("B")
    wait_for(lambda: menu.host.asked)
    assert look(desk, "B").state is DownloadState.WAITING
    menu.host.go_on.set()
    assert ended(desk, "A").state is ended(desk, "B").state is DownloadState.DONE
    assert menu.host.asked == ["a.pth", "shared.pth", "b.pth"]
    assert look(desk, "B").done_bytes == 2 * len(CONTENT)


def test_cancelling_keeps_no_half_file_and_it_can_be_asked_for_again(desk, menu):
    menu.put("A", "a.pth")
    desk.start("A")
    wait_for(lambda: look(desk, "A").done_bytes)
    desk.cancel("A")
    assert look(desk, "A").state is DownloadState.STOPPING
    menu.host.go_on.set()
    assert ended(desk, "A").state is DownloadState.CANCELLED
    assert kept(menu) == [] and menu.arrivals == 0
    desk.start("A")
    assert ended(desk, "A").state is DownloadState.DONE


def test_what_waits_is_cancelled_without_contacting_anybody(desk, menu):
    menu.put("A", "a.pth")
    menu.put("B", "b.pth")
    desk.start("A")
    desk.start("B")
    desk.cancel("B")
    assert look(desk, "B").state is DownloadState.CANCELLED
    menu.host.go_on.set()
    ended(desk, "A")
    assert menu.host.asked == ["a.pth"]
    desk.cancel("A")
    assert look(desk, "A").state is DownloadState.DONE


def test_without_a_connection_it_says_what_to_do(desk, menu):
    menu.put("A", "a.pth", address="http://127.0.0.1:9")
    desk.start("A")
    view = ended(desk, "A")
    assert view.state is DownloadState.FAILED and "a.pth could not be downloaded" in view.failure.message
    assert f"put a.pth into {menu.models / 'Kind'}" in view.failure.remedy


def test_other_bytes_are_not_kept(desk, menu):
    menu.put("A", "a.pth", sha256="0" * 64)
    menu.host.go_on.set()
    desk.start("A")
    view = ended(desk, "A")
    assert view.state is DownloadState.FAILED and isinstance(view.failure, ModelFileError)
    assert kept(menu) == []
    menu.put("A", "a.pth")
    desk.start("A")
    assert ended(desk, "A").state is DownloadState.DONE


def test_a_disk_without_room_is_said_before_anything_is_contacted(desk, menu, monkeypatch):
    menu.put("A", "a.pth")
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=len(CONTENT)))
    desk.start("A")
    view = ended(desk, "A")
    assert isinstance(view.failure, OutputError) and "too full for A" in view.failure.message
    assert menu.host.asked == []


def test_a_disk_that_fills_up_is_said(desk, menu, tmp_path):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    menu.put("A", "a.pth")
    menu.host.go_on.set()
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, limits[1]))
    try:
        desk.start("A")
        view = ended(desk, "A")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert isinstance(view.failure, OutputError) and "disk is full" in view.failure.message
    assert kept(menu) == []


def test_a_file_put_there_by_hand_ends_the_offer_and_its_failure(desk, menu):
    menu.put("A", "a.pth", address="http://127.0.0.1:9")
    desk.start("A")
    ended(desk, "A")
    (menu.models / "Kind").mkdir(parents=True, exist_ok=True)
    (menu.models / "Kind" / "a.pth").write_bytes(CONTENT)
    assert desk.views() == []


def test_a_file_taken_away_again_is_offered_again(desk, menu):
    menu.put("A", "a.pth")
    menu.host.go_on.set()
    desk.start("A")
    ended(desk, "A")
    (menu.models / "Kind" / "a.pth").unlink()
    assert look(desk, "A").state is DownloadState.OFFERED


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_nobody_foresaw_ends_one_order_only(menu):
    def fail():
        menu.arrived()
        raise RuntimeError("unforeseen")

    menu.host.go_on.set()
    desk = DownloadDesk(Access(), lambda: menu.offers.values(), fail)
    menu.put("A", "a.pth")
    desk.start("A")
    view = ended(desk, "A")
    assert view.state is DownloadState.FAILED and "not foreseen" in view.failure.message
    wait_for(lambda: not any(thread.name == "downloads" for thread in threading.enumerate()))
    desk.start("A")
    ended(desk, "A")
    assert menu.arrivals == 2


def test_closing_stops_what_is_under_way_and_keeps_what_has_come(desk, menu):
    menu.put("A", "a.pth")
    menu.put("B", "b.pth")
    desk.start("A")
    desk.start("B")
    wait_for(lambda: look(desk, "A").done_bytes)
    threading.Timer(0.05, menu.host.go_on.set).start()
    desk.close()
    assert [view.state for view in desk.views()] == [DownloadState.CANCELLED] * 2
    (part,) = kept(menu)
    assert part.startswith(".a.pth.") and part.endswith(".part")


def test_what_is_not_on_offer_can_be_ordered(desk, menu):
    menu.put("A", "a.pth", address="http://127.0.0.1:9")
    order = menu.offers.pop("A")
    desk.order(order)
    assert ended(desk, "A").state is DownloadState.FAILED
    desk.start("A")
    assert ended(desk, "A").state is DownloadState.FAILED, "it can be tried again"
    menu.put("A", "a.pth")
    menu.host.go_on.set()
    desk.order(menu.offers.pop("A"))
    assert ended(desk, "A").state is DownloadState.DONE and kept(menu) == ["a.pth"]


def test_other_files_of_the_same_name_wait_their_turn(desk, menu):
    menu.put("A", "a.pth")
    desk.start("A")
    menu.put("A", "b.pth")
    with pytest.raises(InvalidRequestError, match="Another A is being fetched"):
        desk.order(menu.offers["A"])
    menu.host.go_on.set()
    wait_for(lambda: kept(menu) == ["a.pth"])


@pytest.mark.parametrize("act", ["start", "cancel"])
def test_unknown_labels_are_refused(desk, act):
    with pytest.raises(NotFoundError, match="nothing"):
        getattr(desk, act)("nothing")
