"""How and where pictures and grids become files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.settings.option import option


@dataclass(frozen=True)
class SavingSettings:
    """How pictures and grids become files."""

    title: ClassVar[str] = "Saving images and grids"

    samples_save: bool = option(True, "Save every picture as it is finished")
    samples_format: str = option("png", "File format of pictures", choices=("png", "jpg", "jpeg", "webp", "avif"))
    samples_filename_pattern: str = option("", "File name pattern of pictures", info="Empty: [seed]")
    save_images_add_number: bool = option(True, "Begin file names with a running number")
    save_images_replace_action: str = option(
        "Replace", "When a file without a number exists already", choices=("Replace", "Add number suffix"))
    grid_save: bool = option(True, "Save grids")
    grid_format: str = option("png", "File format of grids", choices=("png", "jpg", "jpeg", "webp", "avif"))
    grid_extended_filename: bool = option(False, "Put seed and prompt into grid file names")
    grid_only_if_multiple: bool = option(True, "No grid for a single picture")
    grid_prevent_empty_spots: bool = option(False, "Choose grid shapes without empty places")
    n_rows: int = option(-1, "Rows in a grid", minimum=-1, maximum=16, step=1,
                         info="-1: as square as possible, 0: one row for each batch")
    font: str = option("", "Font of the texts on grids", info="Path of a TrueType file. Empty: Roboto")
    grid_text_active_color: str = option("#000000", "Colour of the texts on grids")
    grid_text_inactive_color: str = option("#999999", "… of parts that a row or column leaves out")
    grid_background_color: str = option("#ffffff", "Background of grids")
    jpeg_quality: int = option(80, "Quality of JPEG, WebP and AVIF", minimum=1, maximum=100, step=1)
    webp_lossless: bool = option(False, "Save WebP without loss")
    export_for_4chan: bool = option(True, "Save a smaller JPEG beside very large pictures")
    img_downscale_threshold: float = option(4.0, "… when the file is larger than this", minimum=0, maximum=1000,
                                            info="in MB")
    target_side_length: float = option(4000.0, "… or a side is longer than this", minimum=64, maximum=100000,
                                       info="in pixels")
    save_incomplete_images: bool = option(False, "Save what an interrupted picture looks like so far")
    save_selected_only: bool = option(True, "The Save button saves only the selected picture")
    save_write_log_csv: bool = option(True, "The Save button adds a row to log.csv")
    grid_zip_filename_pattern: str = option("", "File name pattern of zip archives",
                                            info="Empty: [datetime]_[[model_name]]_[seed]-[seed_last]")


@dataclass(frozen=True)
class PathSettings:
    """Where files go. Relative folders are under the data folder."""

    title: ClassVar[str] = "Folders"

    outdir_samples: str = option("", "Folder for all pictures", info="Empty: one folder for each tab, below")
    outdir_txt2img_samples: str = option("outputs/txt2img-images", "Folder for txt2img pictures")
    outdir_img2img_samples: str = option("outputs/img2img-images", "Folder for img2img pictures")
    outdir_extras_samples: str = option("outputs/extras-images", "Folder for extras pictures")
    outdir_grids: str = option("", "Folder for all grids", info="Empty: one folder for each tab, below")
    outdir_txt2img_grids: str = option("outputs/txt2img-grids", "Folder for txt2img grids")
    outdir_img2img_grids: str = option("outputs/img2img-grids", "Folder for img2img grids")
    outdir_init_images: str = option("outputs/init-images", "Folder for pictures that img2img started from")
    outdir_save: str = option("log/images", "Folder of the Save button")


@dataclass(frozen=True)
class DirectorySettings:
    """Whether and how files are sorted into sub-folders."""

    title: ClassVar[str] = "Sub-folders"

    save_to_dirs: bool = option(True, "Save pictures to a sub-folder")
    grid_save_to_dirs: bool = option(True, "Save grids to a sub-folder")
    use_save_to_dirs_for_ui: bool = option(False, "The Save button saves to a sub-folder")
    directories_filename_pattern: str = option("[date]", "Sub-folder name pattern")
    directories_max_prompt_words: int = option(8, "Most words of [prompt_words]", minimum=1, maximum=20, step=1)
