"""File name patterns such as ``[seed]-[prompt_spaces]``."""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from PIL import Image

from modules.foundation.safe_names import MAX_PART_CHARS, sanitize_part

DEFAULT_TIME_FORMAT = "%Y%m%d%H%M%S"
DEFAULT_HASH_LENGTH = 8

_PATTERN = re.compile(r"\[([^\[\]]+)\]")
_ARGUMENT = re.compile(r"<([^<>]*)>")
_NOT_WORDS = re.compile(rf"[\s{re.escape(string.punctuation)}]+")


class _Nothing:
    """A pattern's answer that also drops the text before it."""


NOTHING = _Nothing()
Answer = str | _Nothing | None
"""None leaves the pattern in the name as it was written."""


@dataclass(frozen=True)
class PictureFacts:
    """What patterns can say about a picture. None: unknown, so that its pattern stays literal (no VAE
    file: ``NoneType``).

    ``scheduler`` is the schedule really used, never Automatic. ``style_prompts`` are the texts of the
    styles in ``styles``. ``batch_index`` and ``iteration`` count from 0.
    """

    prompt: str = ""
    negative_prompt: str = ""
    seed: int | None = None
    job_seeds: tuple[int, ...] = ()
    steps: int | None = None
    cfg: float | None = None
    sampler: str | None = None
    scheduler: str | None = None
    model_name: str | None = None
    model_hash: str | None = None
    vae_filename: str | None = None
    styles: tuple[str, ...] = ()
    style_prompts: tuple[str, ...] = ()
    clip_skip: int | None = None
    denoising: float | None = None
    user: str | None = None
    batch_size: int = 1
    batch_count: int = 1
    batch_index: int = 0
    iteration: int = 0
    job_started: datetime | None = None
    saved: datetime | None = None
    zip: bool = False


@dataclass(frozen=True)
class PatternOptions:
    """Settings that change what patterns yield."""

    max_prompt_words: int = 8
    max_part_chars: int = MAX_PART_CHARS
    unix_names: bool = False


@dataclass(frozen=True)
class _Picture:
    facts: PictureFacts
    options: PatternOptions
    image: Image.Image | None

    def clean(self, text: str | None, *, spaces: bool = True) -> str | None:
        if text is None:
            return None
        return sanitize_part(text, replace_spaces=not spaces, max_chars=self.options.max_part_chars,
                             unix=self.options.unix_names)


def expand_pattern(pattern: str, facts: PictureFacts, options: PatternOptions | None = None,
                   image: Image.Image | None = None) -> str:
    """Replace every known ``[name<argument>…]`` of a pattern; unknown ones stay as they are."""
    picture = _Picture(facts, options or PatternOptions(), image)
    result, position = [], 0
    for match in _PATTERN.finditer(pattern):
        text, position = pattern[position:match.start()], match.end()
        answer = _answer(match[1], picture)
        if isinstance(answer, _Nothing):
            continue
        result += [text, match[0] if answer is None else answer]
    return "".join([*result, pattern[position:]])


def _answer(inner: str, picture: _Picture) -> Answer:
    name, mark, _ = inner.partition("<")
    rule = RULES.get(name.lower())
    arguments = _ARGUMENT.findall(inner[len(name):])
    if rule is None or (mark and "".join(f"<{argument}>" for argument in arguments) != inner[len(name):]):
        return None
    try:
        return rule(picture, arguments)
    except (ValueError, TypeError, LookupError):  # an argument that makes no sense: leave the pattern literal
        return None


def _plain(value: object) -> str | None:
    return None if value is None else str(value)


def _prompt_without_styles(picture: _Picture) -> str | None:
    prompt = picture.facts.prompt
    for style in picture.facts.style_prompts:
        for part in style.split("{prompt}"):
            if part.strip(", "):
                prompt = prompt.replace(part, "")
        prompt = prompt.strip().strip(",").strip()
    return picture.clean(prompt)


def _prompt_words(picture: _Picture) -> str | None:
    words = [word for word in _NOT_WORDS.split(picture.facts.prompt) if word] or ["empty"]
    return picture.clean(" ".join(words[:picture.options.max_prompt_words]))


def _format_time(picture: _Picture, arguments: list[str]) -> str | None:
    zone = _zone(arguments[1]) if len(arguments) > 1 else None
    moment = picture.facts.saved or datetime.now()
    style = arguments[0] if arguments and arguments[0] else DEFAULT_TIME_FORMAT
    return picture.clean(moment.astimezone(zone).strftime(style))


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, LookupError, OSError):
        return None


def _digest(data: bytes, arguments: list[str], default: int | None = DEFAULT_HASH_LENGTH) -> str:
    length = int(arguments[0]) if arguments else default
    return hashlib.sha256(data).hexdigest()[:length]


def _has_prompt(picture: _Picture, arguments: list[str]) -> str | None:
    lowered = picture.facts.prompt.lower()
    found = []
    for argument in arguments:
        expected, _, default = argument.partition("|")
        found.append(expected.lower() if expected.lower() in lowered else default)
    return picture.clean("".join(found))


def _only_in_batch(picture: _Picture, value: object) -> Answer:
    return NOTHING if picture.facts.batch_size == 1 else _plain(value)


def _image_hash(picture: _Picture, arguments: list[str]) -> Answer:
    return _digest(picture.image.tobytes(), arguments, None) if picture.image else None


def _sampler_scheduler(picture: _Picture) -> str | None:
    facts = picture.facts
    return picture.clean(f"{facts.sampler} {facts.scheduler}") if facts.sampler and facts.scheduler else None


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")


RULES: dict[str, Callable[[_Picture, list[str]], Answer]] = {
    "seed": lambda p, a: "" if p.facts.seed is None else str(p.facts.seed),
    "seed_first": lambda p, a: _only_in_batch(p, next(iter(p.facts.job_seeds), None)),
    "seed_last": lambda p, a: _only_in_batch(p, next(reversed(p.facts.job_seeds), None)),
    "steps": lambda p, a: _plain(p.facts.steps),
    "cfg": lambda p, a: _plain(p.facts.cfg),
    "width": lambda p, a: str(p.image.width) if p.image else None,
    "height": lambda p, a: str(p.image.height) if p.image else None,
    "styles": lambda p, a: p.clean(", ".join(s for s in p.facts.styles if s != "None") or "None"),
    "sampler": lambda p, a: p.clean(p.facts.sampler),
    "scheduler": lambda p, a: p.clean(p.facts.scheduler),
    "sampler_scheduler": lambda p, a: _sampler_scheduler(p),
    "model_hash": lambda p, a: p.clean(p.facts.model_hash),
    "model_name": lambda p, a: p.clean(p.facts.model_name),
    "date": lambda p, a: (p.facts.saved or datetime.now()).strftime("%Y-%m-%d"),
    "datetime": _format_time,
    "job_timestamp": lambda p, a: p.facts.job_started.strftime(DEFAULT_TIME_FORMAT) if p.facts.job_started else None,
    "prompt_hash": lambda p, a: _digest(_encode(p.facts.prompt), a),
    "negative_prompt_hash": lambda p, a: _digest(_encode(p.facts.negative_prompt), a),
    "full_prompt_hash": lambda p, a: _digest(_encode(f"{p.facts.prompt} {p.facts.negative_prompt}"), a),
    "prompt": lambda p, a: p.clean(p.facts.prompt, spaces=False),
    "prompt_spaces": lambda p, a: p.clean(p.facts.prompt),
    "prompt_no_styles": lambda p, a: _prompt_without_styles(p),
    "prompt_words": lambda p, a: _prompt_words(p),
    "batch_number": lambda p, a: NOTHING if p.facts.zip else _only_in_batch(p, p.facts.batch_index + 1),
    "batch_size": lambda p, a: str(p.facts.batch_size),
    "generation_number": lambda p, a: _generation_number(p.facts),
    "hasprompt": _has_prompt,
    "clip_skip": lambda p, a: _plain(p.facts.clip_skip),
    "denoising": lambda p, a: str(p.facts.denoising) if p.facts.denoising else NOTHING,
    "user": lambda p, a: p.clean(p.facts.user),
    "vae_filename": lambda p, a: p.clean(p.facts.vae_filename or "NoneType"),
    "image_hash": _image_hash,
    "none": lambda p, a: "",
    "basename": lambda p, a: "img",
}
"""Pattern name -> (picture, arguments) -> answer."""


def _generation_number(facts: PictureFacts) -> Answer:
    if facts.zip or facts.batch_size * facts.batch_count == 1:
        return NOTHING
    return str(facts.iteration * facts.batch_size + facts.batch_index + 1)
