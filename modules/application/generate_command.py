"""``python3 webui.py generate "a red house"``: a picture without a browser, through the same core."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import ConfigurationError, InvalidRequestError
from modules.generation.events import Comment, Event, ImageFinished, Progress
from modules.generation.request import GenerationRequest
from modules.plugins.call_log import CallLog
from modules.plugins.preloading import extended_parser
from modules.settings.flag_parser import FlagParser, launch_parser, unknown_option
from modules.settings.flags import flags_from

if TYPE_CHECKING:
    from PIL.Image import Image

BAR_WIDTH = 30


def run_generate(argv: Sequence[str]) -> int:
    """Make pictures and print where they are. Raises: WebUIError."""
    calls = CallLog()
    parser = build_parser(extended_parser(argv, calls, add_help=False))
    namespace, unknown = parser.parse_known_args(argv)
    if unknown:
        raise unknown_option(unknown[0], parser)
    request = read_request(namespace)
    out = namespace.out
    if out is not None:
        _check_out(out)
    from modules.application.program import build_program
    from modules.generation.pipeline import run
    from modules.generation.plan import plan
    from modules.generation.run_context import RunContext

    program = build_program(flags_from(namespace), calls)
    program.styles.reload()
    made = plan(request, program.bench.surroundings(program.settings.current, program.styles.styles))
    cancellation = Cancellation()
    report = ConsoleReport(out, len(made.images))
    try:
        run(made, program.bench, RunContext(report, cancellation))
    finally:
        report.finish()
    return 0


def build_parser(launch: argparse.ArgumentParser | None = None) -> FlagParser:
    """Return the parser of the command: what to draw, then all launch options, those of extensions included."""
    launch = launch or launch_parser(add_help=False)
    parser = FlagParser(prog="webui.py generate", parents=[launch], allow_abbrev=False,
                        description="Make pictures without a browser.")
    group = parser.add_argument_group("Picture")
    group.add_argument("prompt", help="what to draw")
    group.add_argument("--negative", dest="negative_prompt", default="", metavar="TEXT", help="what to avoid")
    group.add_argument("--out", type=Path, metavar="FILE",
                       help="where the picture goes; several get numbers. Without it: the usual output folder")
    group.add_argument("--seed", type=int, help="the same seed gives the same picture; -1 or nothing: a random one")
    group.add_argument("--steps", type=int, help="sampling steps (20)")
    group.add_argument("--sampler", dest="sampler_name", metavar="NAME", help='such as "Euler a" (DPM++ 2M)')
    group.add_argument("--scheduler", metavar="NAME", help="schedule type, such as Karras (Automatic)")
    group.add_argument("--cfg", dest="cfg_scale", type=_number, metavar="SCALE", help="CFG scale (7)")
    group.add_argument("--width", type=int, help="in pixels (the model's own)")
    group.add_argument("--height", type=int, help="in pixels (the model's own)")
    group.add_argument("--batch-size", type=int, default=1, metavar="N", help="pictures made at the same time (1)")
    group.add_argument("--batch-count", type=int, default=1, metavar="N", help="batches made one after another (1)")
    group.add_argument("--clip-skip", type=int, metavar="N", help="layers of the text encoder to leave out (1)")
    group.add_argument("--checkpoint", metavar="NAME", help="name, title or hash of the checkpoint")
    group.add_argument("--style", dest="styles", action="append", default=[], metavar="NAME",
                       help="a style of styles.csv; may be given several times")
    group.add_argument("--set", dest="override_settings", action="append", default=[], metavar="KEY=VALUE",
                       help="a setting for this picture only, such as randn_source=CPU; may be given several times")
    return parser


def read_request(namespace: argparse.Namespace) -> GenerationRequest:
    """Turn arguments into a request. Raises: InvalidRequestError."""
    names = ("prompt", "negative_prompt", "seed", "steps", "sampler_name", "scheduler", "cfg_scale", "width",
             "height", "batch_size", "batch_count", "clip_skip", "checkpoint")
    values = {name: getattr(namespace, name) for name in names}
    values["styles"] = tuple(namespace.styles)
    values["save_images"] = False if namespace.out else None
    pairs = [text.partition("=") for text in namespace.override_settings]
    if any(not mark for _, mark, _ in pairs):
        raise InvalidRequestError("override_settings", "--set needs KEY=VALUE.")
    values["override_settings"] = {key: value for key, _, value in pairs}
    return GenerationRequest.from_json(values)


@dataclass
class ConsoleReport:
    """Listens to a run: draws a progress line, writes pictures to ``out``, prints what was made."""

    out: Path | None
    count: int
    stream: TextIO = field(default_factory=lambda: sys.stdout)
    errors: TextIO = field(default_factory=lambda: sys.stderr)
    _comments: list[str] = field(default_factory=list)
    _drawn: bool = False
    _quarter: int = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, Progress):
            self._draw(event)
        elif isinstance(event, ImageFinished) and event.image is not None and event.kind == "image":
            self._clear()
            path = event.path if self.out is None else self._write(event.image, event.infotext, event.index)
            print(path, file=self.stream, flush=True)
        elif isinstance(event, Comment):
            self._comments.append(event.text)

    def finish(self) -> None:
        """End the progress line and say what there is to say."""
        self._clear()
        for text in self._comments:
            print(text, file=self.errors)

    def _write(self, image: Image, infotext: str, index: int) -> Path:
        from modules.artefacts.encoding import EmbeddedText, encode_picture
        from modules.foundation.files import atomic_write

        assert self.out is not None
        path = self.out if self.count == 1 else self.out.with_stem(f"{self.out.stem}-{index + 1}")
        encoded = encode_picture(image, path.suffix.lstrip("."), EmbeddedText(infotext))
        path = path.with_suffix(f".{encoded.extension}")
        atomic_write(path, encoded.data)
        if encoded.note:
            self._comments.append(encoded.note)
        return path

    def _draw(self, progress: Progress) -> None:
        if not self.errors.isatty():
            self._log(progress)
            return
        filled = round(progress.fraction * BAR_WIDTH)
        steps = f" {progress.step}/{progress.steps}" if progress.steps else ""
        print(f"\r{'█' * filled}{'░' * (BAR_WIDTH - filled)} {progress.fraction:4.0%} {progress.stage}{steps}\033[K",
              end="", file=self.errors, flush=True)
        self._drawn = True

    def _log(self, progress: Progress) -> None:
        """Write a line for every quarter, where a line cannot be drawn over."""
        quarter = int(progress.fraction * 4)
        if quarter > self._quarter:
            self._quarter = quarter
            print(f"{quarter * 25}%", file=self.errors, flush=True)

    def _clear(self) -> None:
        if self._drawn:
            print("\r\033[K", end="", file=self.errors, flush=True)
            self._drawn = False


def _number(text: str) -> int | float:
    """Read a number; a whole one stays one, as infotexts write it."""
    number = float(text)
    return int(number) if number.is_integer() and "." not in text else number


def _check_out(out: Path) -> None:
    """Refuse what cannot be a picture file before the work is done. Raises: ConfigurationError."""
    if out.is_dir() or not out.suffix:
        raise ConfigurationError(f"--out {out} is not a file name such as house.png.")
    if not out.absolute().parent.is_dir():
        raise ConfigurationError(f"--out {out}: the folder {out.absolute().parent} does not exist.",
                                 remedy="Make the folder first.")
