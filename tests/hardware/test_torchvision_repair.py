"""A torchvision whose compiled half does not load becomes importable; others are left alone."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
BROKEN = """
    import torch
    torch.library.register_fake("torchvision::nms")(lambda dets, scores, iou: dets)
    torch.library.register_fake("torchvision::qnms")(lambda dets, scores, iou: dets)
    imported = True
"""


def run(script: str, *, package: str | None, folder: Path) -> str:
    """Run a script where ``torchvision`` is the given source (None: not installed)."""
    if package is not None:
        (folder / "torchvision").mkdir()
        (folder / "torchvision" / "__init__.py").write_text(textwrap.dedent(package))
    head = f"""
        import sys, importlib.util
        sys.path[:0] = [{str(folder)!r}, {str(REPOSITORY)!r}]
        real = importlib.util.find_spec
        if {package is None}:
            importlib.util.find_spec = lambda name, *rest: None if name == "torchvision" else real(name, *rest)
        from modules.hardware.torchvision_repair import repair_torchvision
    """
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(head) + textwrap.dedent(script)],
                            capture_output=True, text=True)
    return result.stdout + result.stderr


def test_a_broken_one_cannot_be_imported_before_and_can_after(tmp_path: Path):
    script = """
        try:
            import torchvision
        except RuntimeError as error:
            print("before:", error)
            sys.modules.pop("torchvision", None)
        print("repaired:", repair_torchvision() is not None, repair_torchvision() is repair_torchvision())
        import torchvision
        print("after:", torchvision.imported)
    """
    output = run(script, package=BROKEN, folder=tmp_path)
    assert "before: operator torchvision::nms does not exist" in output
    assert "repaired: True True" in output
    assert "after: True" in output


def test_an_absent_one_stays_absent(tmp_path: Path):
    output = run("print(repair_torchvision(), 'torchvision' in sys.modules)", package=None, folder=tmp_path)
    assert output.strip() == "None False"


def test_a_healthy_one_is_not_touched(tmp_path: Path):
    script = """
        import torch
        library = torch.library.Library("torchvision", "DEF")  # what its compiled half does
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        print(repair_torchvision())
    """
    assert run(script, package=BROKEN, folder=tmp_path).strip() == "None"


def test_one_that_is_imported_already_is_not_touched(tmp_path: Path):
    output = run("import torchvision; print(repair_torchvision())", package="", folder=tmp_path)
    assert output.strip() == "None"
