from __future__ import annotations

import sys

import pytest

from modules.plugins.importing import current_basedir, import_plugin_file, unload_modules
from modules.plugins.patience import TooSlowError


def load(tree, name, text, timeout_s=5.0):
    path = tree.write(f"extensions/a/scripts/{name}", text)
    return import_plugin_file(path, "a", tree.extensions / "a", timeout_s)


@pytest.fixture(autouse=True)
def tidy(tree):
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        sys.modules.pop(name, None)


def test_a_module_is_named_and_registered_after_its_file(tree):
    module = load(tree, "grid_p2.py", "class X: pass\n")
    assert (module.__name__, module.X.__module__) == ("grid_p2.py", "grid_p2.py")
    assert sys.modules["grid_p2.py"] is module


def test_the_root_is_first_on_the_path_and_known_meanwhile(tree):
    tree.write("extensions/a/beside_p2.py", "value = 7")
    module = load(tree, "s_p2.py", "import sys, beside_p2\nfrom modules.plugins.importing import current_basedir\n"
                                   "first, based = sys.path[0], current_basedir()\nfrom beside_p2 import value\n")
    assert module.first == str(tree.extensions / "a") and module.based == tree.extensions / "a"
    assert module.value == 7
    assert str(tree.extensions / "a") not in sys.path
    assert current_basedir() is None


@pytest.mark.parametrize(("text", "error"), [
    ("1 / 0", ZeroDivisionError), ("import sys; sys.exit(1)", SystemExit), ("x = (", SyntaxError),
    ("import nothing_p2", ImportError), ("while True: pass", TooSlowError),
    ("import time; time.sleep(30)", TooSlowError),
])
def test_what_goes_wrong_is_raised_and_nothing_stays_behind(tree, text, error):
    with pytest.raises(error):
        load(tree, "bad_p2.py", text, timeout_s=0.3)
    assert "bad_p2.py" not in sys.modules
    assert str(tree.extensions / "a") not in sys.path


def test_a_module_that_was_there_stays_when_its_successor_fails(tree):
    good = load(tree, "same_p2.py", "x = 1")
    with pytest.raises(ZeroDivisionError):
        load(tree, "same_p2.py", "1 / 0")
    assert sys.modules["same_p2.py"] is good


def test_unloaded_modules_are_read_again(tree):
    beside = tree.write("extensions/a/inner_p2.py", "x = 1")
    assert load(tree, "outer_p2.py", "from inner_p2 import x").x == 1
    assert sorted(unload_modules(tree.extensions / "a")) == ["inner_p2", "outer_p2.py"]
    beside.write_text("x = 22")
    assert load(tree, "outer_p2.py", "from inner_p2 import x").x == 22
