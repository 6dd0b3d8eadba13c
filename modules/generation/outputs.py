"""Where the pictures of a job go and how they are written, read off the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from modules.artefacts.encoding import EncodingOptions
from modules.artefacts.filename_patterns import PatternOptions
from modules.artefacts.naming import Destination, NamingOptions
from modules.artefacts.saving import SaveOptions
from modules.settings.values import Settings


@dataclass(frozen=True)
class GridPlan:
    """Whether a grid of all pictures is made, shown and saved. ``rows``: see ``imaging.grids``."""

    shown: bool
    saved: bool
    only_if_several: bool
    rows: int
    prevent_empty_spots: bool
    background: str
    short_name: bool

    def wanted(self, pictures: int) -> bool:
        return (self.shown or self.saved) and pictures > (1 if self.only_if_several else 0)


@dataclass(frozen=True)
class Outputs:
    """Everything about files. Folders are relative to the data folder unless absolute."""

    save_pictures: bool
    save_incomplete: bool
    pictures: Destination
    grids: Destination
    init_images: Destination
    options: SaveOptions
    grid: GridPlan


def plan_outputs(settings: Settings, save: bool | None, *, pictures: bool = False) -> Outputs:
    """Read the settings of saving; ``save`` None leaves it to them. ``pictures``: the job is img2img."""
    saving, paths, folders = settings.saving, settings.paths, settings.directories
    samples = paths.outdir_img2img_samples if pictures else paths.outdir_txt2img_samples
    grids = paths.outdir_img2img_grids if pictures else paths.outdir_txt2img_grids
    return Outputs(
        save_pictures=saving.samples_save if save is None else save,
        save_incomplete=saving.save_incomplete_images,
        pictures=Destination(Path(paths.outdir_samples or samples), saving.samples_format,
                             use_subfolder=folders.save_to_dirs),
        grids=Destination(Path(paths.outdir_grids or grids), saving.grid_format, "grid",
                          use_subfolder=folders.grid_save_to_dirs, short_name=not saving.grid_extended_filename),
        init_images=Destination(Path(paths.outdir_init_images), saving.samples_format, use_subfolder=False),
        options=_save_options(settings),
        grid=_plan_grid(settings, save))


def _save_options(settings: Settings) -> SaveOptions:
    saving, infotext = settings.saving, settings.infotext
    naming = NamingOptions(
        saving.samples_filename_pattern, settings.directories.directories_filename_pattern,
        saving.save_images_add_number, saving.save_images_replace_action == "Replace",
        PatternOptions(settings.directories.directories_max_prompt_words))
    encoding = EncodingOptions(saving.jpeg_quality, saving.webp_lossless, infotext.enable_pnginfo)
    return SaveOptions(naming, encoding, infotext.save_txt, saving.export_for_4chan,
                       saving.img_downscale_threshold, int(saving.target_side_length))


def _plan_grid(settings: Settings, save: bool | None) -> GridPlan:
    saving = settings.saving
    return GridPlan(settings.interface.return_grid, saving.grid_save and save is not False,
                    saving.grid_only_if_multiple, saving.n_rows, saving.grid_prevent_empty_spots,
                    saving.grid_background_color, not saving.grid_extended_filename)
