# ruff: noqa: S102  (running the code that the person at the keyboard typed is what this is for; see --allow-code)
"""Custom code: Python that takes the place of generating. Listed only where the program was started for it."""

from __future__ import annotations

import ast
from types import CodeType
from typing import Any

import gradio as gr

import modules.scripts as scripts
from modules import processing, shared
from modules.processing import Processed

NAME = "<custom code>"
WARNING = """<p><b>This runs Python on the computer the program runs on, with everything the program may do.</b>
    Paste nothing that you do not understand.</p>
    <p>There are <code>p</code>, the job, and <code>display(images, seed, info)</code>, which shows pictures. What is
    returned is shown as well: <code>return process_images(p)</code>.</p>"""
EXAMPLE = "p.width = p.height = 768\nreturn process_images(p)"


class Script(scripts.Script):
    """Runs what was typed."""

    def title(self) -> str:
        return "Custom code"

    def show(self, is_img2img: bool) -> bool:
        return bool(shared.cmd_opts.allow_code)

    def ui(self, is_img2img: bool) -> list[Any]:
        gr.HTML(WARNING)
        code = gr.Code(value=EXAMPLE, language="python", label="Python code", lines=8, elem_id=self.elem_id("code"))
        indent_level = gr.Number(label="Indent level", value=2, precision=0, elem_id=self.elem_id("indent_level"),
                                 info="Spaces that a line taken out of the middle of a program begins with")
        return [code, indent_level]

    def run(self, p: Any, code: str, indent_level: int) -> Processed:
        if not shared.cmd_opts.allow_code:
            raise PermissionError("Custom code runs only where the program was started with --allow-code.")
        shown = Display(p)
        names: dict[str, Any] = {"p": p, "display": shown, "gr": gr, "shared": shared, "processing": processing,
                                 "Processed": Processed, "process_images": processing.process_images}
        exec(compile_code(str(code), int(indent_level or 0)), names)
        returned = names["run_custom_code"]()
        return returned if isinstance(returned, Processed) else shown.processed


class Display:
    """What the code has shown so far; a call shows something else."""

    def __init__(self, p: Any) -> None:
        self._p = p
        self.processed = Processed(p, [], p.seed, "")

    def __call__(self, imgs: Any, s: int = -1, i: str = "") -> None:
        pictures = list(imgs) if isinstance(imgs, (list, tuple)) else [imgs]
        self.processed = Processed(self._p, pictures, s, i)


def compile_code(code: str, indent: int) -> CodeType:
    """Return the code as the body of a function, ``run_custom_code``, that returns the value of its last line.

    Raises: SyntaxError with the line the person sees.
    """
    lines = code.splitlines()
    if indent > 0 and all(not line.strip() or line.startswith(" " * indent) for line in lines):
        code = "\n".join(line[indent:] for line in lines)
    body = ast.parse(code, NAME).body
    if body and isinstance(body[-1], ast.Expr):
        body[-1] = ast.copy_location(ast.Return(body[-1].value), body[-1])
    tree = ast.parse("def run_custom_code():\n pass", NAME)
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body = body or function.body
    return compile(ast.fix_missing_locations(tree), NAME, "exec")
