"""What the page, the API and the command line ask for: submitting a generation, and looking at what there is."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from modules.artefacts.overrides import find_overrides
from modules.artefacts.parsing import ParsingOptions, parse_infotext
from modules.artefacts.pasted_networks import with_local_networks
from modules.foundation.errors import ConfigurationError, InvalidRequestError
from modules.generation.checks import check_request
from modules.generation.outpainting import preview_canvas
from modules.generation.plan import plan
from modules.generation.request import GenerationRequest
from modules.generation.workbench import Workbench
from modules.imaging.png import encode_png
from modules.jobs.executor import LocalExecutor
from modules.jobs.generation_runner import KIND, StoredGeneration
from modules.jobs.job import Job
from modules.jobs.keeping import archive_name, keep
from modules.jobs.preview import EncodedPreview, PreviewFormat
from modules.jobs.scripting import NoScripts, ScriptHost
from modules.prompting.counter import Counting, TokenCount, count_tokens
from modules.prompting.encoding import Emphasis, EncodingOptions
from modules.prompting.schedule import Timeline
from modules.prompting.style_files import StyleBook
from modules.prompting.styles import apply_styles, extract_styles, pick_styles
from modules.sampling.registry import REGISTRY
from modules.settings.store import SettingsStore

TITLE_CHARACTERS = 100


@dataclass(frozen=True)
class ReadInfotext:
    """A pasted infotext: its fields, the sampler it means, and settings that differ from those in force."""

    fields: Mapping[str, Any]
    sampler_name: str
    scheduler: str
    override_settings: tuple[str, ...] = ()
    """``key: value`` lines, keys as in infotexts."""


@dataclass(frozen=True)
class GenerationService:
    """The front door of generation. Safe to use from any thread."""

    settings: SettingsStore
    bench: Workbench
    styles: StyleBook
    queue: LocalExecutor
    scripts: ScriptHost = field(default_factory=NoScripts)

    def submit(self, request: GenerationRequest, *, client: str, idempotency_key: str | None = None) -> Job:
        """Check and queue a request. Raises: InvalidRequestError, NotFoundError, QueueFullError."""
        settings = self.settings.current
        self.scripts.check(request)
        made = plan(request, self.bench.surroundings(settings, self.styles.styles))
        if request.script_name and request.seed in (None, -1):  # a script may want to know that nobody chose
            made = replace(made, request=replace(made.request, seed=-1))
        return self.queue.submit(KIND, StoredGeneration.of(made, settings).to_json(), client=client,
                                 title=request.prompt[:TITLE_CHARACTERS], idempotency_key=idempotency_key)

    def preview_outpainting(self, request: GenerationRequest) -> bytes:
        """Return, as PNG, the extended picture that a request would begin with.

        Raises: InvalidRequestError, NotFoundError.
        """
        check_request(request)
        if request.outpainting is None or not request.init_images:
            raise InvalidRequestError("init_images", "There is no picture to extend.",
                                      remedy="Choose a picture first.")
        picture = self.bench.pictures.open(request.init_images[0], field="init_images")
        background = self.settings.current.img2img.img2img_background_color
        return encode_png(preview_canvas(picture, request.outpainting, background))

    def preview(self, job_id: str) -> EncodedPreview | None:
        """Return the newest preview in the format of the settings."""
        wanted = cast(PreviewFormat, self.settings.current.previews.live_previews_image_format)
        return self.queue.monitor.preview(job_id, picture_format=wanted)

    def last_infotext(self, client: str) -> str:
        """Return the parameters of the newest picture of a client, or of anybody's; empty where there is none."""
        for jobs in (self.queue.monitor.recent(client), self.queue.monitor.recent()):
            for job in jobs:
                if job.pictures:
                    return job.pictures[0].infotext
        return ""

    def read_infotext(self, text: str) -> ReadInfotext:
        """Understand a pasted infotext. Never fails."""
        settings = self.settings.current
        options = ParsingOptions(skip_fields=settings.infotext.infotext_skip_pasting,
                                 styles=settings.infotext.infotext_styles, extract_styles=self._extract_styles,
                                 auto_backcompat=settings.compatibility.auto_backcompat)
        fields = with_local_networks(parse_infotext(text, options).fields, self._local_lora)
        sampler, scheduler = REGISTRY.current.resolve(fields.get("Sampler"), fields.get("Schedule type"))
        handled = ("Model hash",) if settings.infotext.disable_weights_auto_swap else ()
        overrides = find_overrides(fields, settings.flat(), handled=handled)
        return ReadInfotext(fields, sampler, scheduler, tuple(f"{one.key}: {one.value}" for one in overrides))

    def archive_name(self, job_id: str) -> str:
        """Return the name of a zip of a job's pictures. Raises: NotFoundError."""
        return archive_name(self.queue.monitor.get(job_id), self.settings.current.saving.grid_zip_filename_pattern)

    def keep(self, job_id: str, numbers: Sequence[int]) -> list[Path]:
        """Copy pictures of a job to the folder of the Save button. Raises: NotFoundError, OutputError."""
        return keep(self.queue.monitor.get(job_id), numbers, self.settings.current, self.bench.data_folder)

    def style_names(self) -> list[str]:
        """Return the names of all styles, dividers included, after reading the files again."""
        with contextlib.suppress(ConfigurationError):  # the styles of readable files are there
            self.styles.reload()
        return list(self.styles.styles)

    def apply_styles(self, prompt: str, negative_prompt: str, names: list[str]) -> tuple[str, str]:
        """Write styles into both prompts."""
        chosen = pick_styles(names, self.styles.styles)
        return (apply_styles(prompt, [style.prompt for style in chosen]),
                apply_styles(negative_prompt, [style.negative_prompt for style in chosen]))

    def count_tokens(self, text: str, *, steps: int, negative: bool) -> TokenCount:
        """Count a prompt's tokens the way they will be cut into chunks."""
        model = self.settings.current.model
        encoding = EncodingOptions(Emphasis.named(model.emphasis), model.comma_padding_backtrack)
        counting = Counting(Timeline(steps), encoding, model.enable_prompt_comments, negative)
        return count_tokens(text, self.bench.tokenizer, counting)

    def _local_lora(self, name: str, short_hash: str) -> str | None:
        """Return what a LoRA is called here; the name itself, where there is one."""
        networks = self.bench.networks
        if networks.find_lora(name) is not None:
            return name
        entry = networks.find_lora_by_hash(short_hash)
        return None if entry is None else networks.prompt_name(entry)

    def _extract_styles(self, prompt: str, negative_prompt: str) -> tuple[list[str], str, str]:
        return extract_styles(prompt, negative_prompt, list(self.styles.styles.values()))
