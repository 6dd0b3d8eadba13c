"""The Save button and the zip: pictures of a job put where their owner keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from modules.artefacts.encoding import EmbeddedText
from modules.artefacts.filename_patterns import PictureFacts, expand_pattern
from modules.artefacts.naming import Destination
from modules.artefacts.parsing import parse_infotext
from modules.artefacts.selection import DEFAULT_ZIP_PATTERN, SelectedPicture, SelectionOptions, save_selection
from modules.foundation.safe_names import safe_name
from modules.generation.outputs import plan_outputs
from modules.imaging.reading import open_image
from modules.jobs.job import Job, PictureRecord
from modules.settings.values import Settings


def keep(job: Job, numbers: Sequence[int], settings: Settings, data_folder: Path) -> list[Path]:
    """Copy pictures to the folder of the Save button and log the first one; ``numbers`` index ``job.pictures``.

    Raises: OutputError; NotFoundError for a picture whose file is gone.
    """
    saving, folders = settings.saving, settings.directories
    chosen = [job.pictures[number] for number in numbers if 0 <= number < len(job.pictures)]
    pictures = [SelectedPicture(open_image(picture.path), EmbeddedText(picture.infotext), _facts(job, picture))
                for picture in chosen if picture.path is not None]
    destination = Destination(data_folder / settings.paths.outdir_save, saving.samples_format,
                              use_subfolder=folders.use_save_to_dirs_for_ui)
    saved = save_selection(pictures, destination, plan_outputs(settings, save=True).options,
                           SelectionOptions(write_log=saving.save_write_log_csv))
    return [artefact.path for artefact in saved.artefacts]


def archive_name(job: Job, pattern: str) -> str:
    """Return the file name of a zip of a job's pictures."""
    facts = _facts(job, job.pictures[0]) if job.pictures else PictureFacts(zip=True)
    return safe_name(expand_pattern(pattern or DEFAULT_ZIP_PATTERN, facts), ".zip")


def _facts(job: Job, picture: PictureRecord) -> PictureFacts:
    """Read off a picture's infotext what file names and the log tell."""
    fields = parse_infotext(picture.infotext).fields
    steps, cfg = fields.get("Steps"), fields.get("CFG scale")
    return PictureFacts(
        prompt=fields.get("Prompt", ""), negative_prompt=fields.get("Negative prompt", ""), seed=picture.seed,
        job_seeds=tuple(one.seed for one in job.pictures), steps=int(steps) if steps else None,
        cfg=float(cfg) if cfg else None, sampler=fields.get("Sampler"), scheduler=fields.get("Schedule type"),
        model_name=fields.get("Model"), model_hash=fields.get("Model hash"), batch_size=len(job.pictures), zip=True)
