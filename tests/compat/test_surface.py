"""The table of names, and whether the façade keeps what it promises."""

from __future__ import annotations

import ast
import importlib
from collections import defaultdict
from pathlib import Path

import pytest

from modules.compat.lazy import MissingName, UnsupportedNameError
from modules.compat.surface import TIERS, describe, evidence_of, rows

ROOT = Path(__file__).resolve().parents[2]
ROWS = list(rows())
MODULES: dict[str, list] = defaultdict(list)
for _row in ROWS:
    MODULES[_row.module].append(_row)
FACADE = sorted(path for path in (ROOT / "modules").glob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("module", MODULES)
def test_every_listed_name_can_be_imported(module, plugin_host):
    facade = importlib.import_module(module)
    for row in MODULES[module]:
        if row.name not in ("sd_model", "codeformer"):
            value = getattr(facade, row.name)
            assert isinstance(value, MissingName) == (row.tier == "unsupported"), row


def derive(missing):
    class Mine(missing):
        """As extensions write at import; only making one is refused."""

    return Mine()


@pytest.mark.parametrize("module", MODULES)
def test_what_cannot_exist_here_says_what_to_use(module):
    facade = importlib.import_module(module)
    for row in (row for row in MODULES[module] if row.tier == "unsupported"):
        missing = getattr(facade, row.name)
        for use in (lambda it: it(), lambda it: it.something, lambda it: it[0], lambda it: setattr(it, "forward", 1),
                    derive):
            with pytest.raises(UnsupportedNameError, match=row.name) as told:
                use(missing)
        assert told.value.remedy == row.note and row.note.endswith(".")
        assert not missing and not isinstance(1, missing)


@pytest.mark.parametrize("module", MODULES)
def test_a_name_that_nobody_listed_is_not_there(module):
    assert not hasattr(importlib.import_module(module), "never_there_before")


@pytest.mark.parametrize("path", FACADE, ids=lambda path: path.stem)
def test_a_facade_is_thin_and_says_what_it_promises(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    assert ast.get_docstring(ast.parse(text))


def test_the_table_is_in_order():
    assert {row.tier for row in ROWS} <= set(TIERS)
    assert len({(row.module, row.name) for row in ROWS}) == len(ROWS)
    files = [ROOT / (module.replace(".", "/") + ".py") for module in MODULES if module != "modules.extras"]
    assert [file for file in files if not file.is_file()] == []


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_offered_that_the_table_does_not_know(module):
    offered = set(getattr(importlib.import_module(module), "__all__", ())) - {"KINDS", "add_callback"}
    assert offered <= {row.name for row in MODULES[module]}, "add it to modules/compat/surface.json"
    assert (ROOT / evidence_of(module)).is_file()


def test_the_documentation_is_current():
    written = (ROOT / "docs" / "plugin-surface.md").read_text(encoding="utf-8")
    assert written == describe(), "run python3 tools/write_plugin_surface.py"


@pytest.mark.parametrize(("package", "name"), [
    ("modules.textual_inversion.textual_inversion", "Embedding"),
    ("modules.textual_inversion.dataset", "re_numbers_at_start"),
    ("modules.models.diffusion", "uni_pc"),
    ("modules.models.diffusion.uni_pc.sampler", "UniPCSampler"),
    ("modules.hypernetworks.hypernetwork", "list_hypernetworks")])
def test_packages_of_a1111_are_modules_here(package, name):
    assert hasattr(importlib.import_module(package), name)
