"""Looking at an address and ordering a file, from a hub of our own."""

from __future__ import annotations

import time

import pytest

from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.jobs.download_desk import DownloadDesk, DownloadState
from modules.jobs.model_orders import ModelOrders
from tests.hubs.conftest import CONTENT, SHA256, hub

__all__ = ["hub"]


@pytest.fixture
def orders(hub, tmp_path):
    hub.put_repository("o/n", {"mix.safetensors": {"size": len(CONTENT), "lfs": {"oid": SHA256}}})
    hub.put("/o/n/resolve/main/mix.safetensors")
    arrivals = []
    desk = DownloadDesk(hub.access, lambda: (), lambda: arrivals.append(1))
    yield ModelOrders(hub.access, {"checkpoint": tmp_path / "models", "lora": tmp_path / "Lora"}, desk)
    desk.close()


def ended(orders):
    for _ in range(1000):
        (view,) = orders.desk.views()
        if not view.state.under_way:
            return view
        time.sleep(0.005)
    raise AssertionError(view)


def test_a_file_is_ordered_into_the_folder_somebody_chose(orders, tmp_path):
    assert orders.order("o/n", "mix.safetensors", "lora") == "mix.safetensors"
    assert ended(orders).state is DownloadState.DONE
    assert (tmp_path / "Lora" / "mix.safetensors").read_bytes() == CONTENT
    with pytest.raises(InvalidRequestError, match="already"):
        orders.order("o/n", "mix.safetensors", "lora")


def test_a_file_of_a_plain_address(orders, hub, tmp_path, monkeypatch):
    url = hub.put("/x.safetensors")
    monkeypatch.setattr("modules.jobs.model_orders.read_address", lambda text, access: text)
    assert orders.look(url).files[0].kind == "embedding"
    orders.order(url, "x.safetensors", "checkpoint")
    assert ended(orders).state is DownloadState.DONE


@pytest.mark.parametrize(("address", "path", "kind", "error", "words"), [
    ("o/n", "other.safetensors", "lora", NotFoundError, "any more"),
    ("o/n", "mix.safetensors", "../..", InvalidRequestError, "no folder"),
    ("o/unknown", "x", "lora", NotFoundError, "404"), ("nonsense", "x", "lora", InvalidRequestError, "neither")])
def test_what_cannot_be_ordered(orders, address, path, kind, error, words):
    with pytest.raises(error, match=words):
        orders.order(address, path, kind)
    assert orders.desk.views() == []


def test_what_arrives_wrong_is_not_kept(orders, hub, tmp_path):
    hub.put("/o/n/resolve/main/mix.safetensors", b"other" * 280_000)
    orders.order("o/n", "mix.safetensors", "checkpoint")
    view = ended(orders)
    assert view.state is DownloadState.FAILED and "not the file that was published" in view.failure.message
    assert list((tmp_path / "models").iterdir()) == []
