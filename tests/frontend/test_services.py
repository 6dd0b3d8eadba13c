"""What the page says is chosen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modules.catalog.catalog import Catalog, ModelFolders
from modules.settings.store import SettingsStore
from modules.weights.hash_cache import HashCache


@pytest.mark.parametrize(("names", "shown"), [
    (["broken.safetensors", "old.ckpt"], "old.ckpt"), (["broken.safetensors"], "broken.safetensors"), ([], None)])
def test_without_a_choice_the_page_shows_what_a_job_would_take(behind_page, tmp_path, names, shown):
    for name in names:
        (tmp_path / name).write_bytes(b"no model")
    catalog = Catalog(ModelFolders((tmp_path,)), HashCache(tmp_path / "hashes.json"))
    catalog.refresh()
    services = replace(behind_page, settings=SettingsStore(tmp_path / "config.json"),
                       bench=replace(behind_page.bench, catalog=catalog))
    assert services.chosen_title() == shown
    assert not names or services.bench.choose("").title == shown
