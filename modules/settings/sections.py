"""Every setting there is, by section. A setting stands here only when something acts on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

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
    outdir_grids: str = option("", "Folder for all grids", info="Empty: one folder for each tab, below")
    outdir_txt2img_grids: str = option("outputs/txt2img-grids", "Folder for txt2img grids")
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


@dataclass(frozen=True)
class ModelSettings:
    """The model, and how prompts reach it."""

    title: ClassVar[str] = "Stable Diffusion"

    sd_model_checkpoint: str = option("", "Stable Diffusion checkpoint", infotext="Model hash")
    emphasis: str = option("Original", "Emphasis", choices=("None", "Ignore", "Original", "No norm"),
                           infotext="Emphasis", info="How (more:1.3) and [less] change the picture")
    comma_padding_backtrack: int = option(
        20, "Tokens to move to the next chunk of 75", minimum=0, maximum=74, step=1,
        info="so that a phrase between commas is not cut in two")
    CLIP_stop_at_last_layers: int = option(1, "Clip skip", minimum=1, maximum=12, step=1, infotext="Clip skip")
    randn_source: str = option("GPU", "Random numbers come from", choices=("GPU", "CPU", "NV"), infotext="RNG",
                               info="CPU and NV give the same pictures on every machine")
    enable_prompt_comments: bool = option(True, "Leave out what follows # in prompts")
    enable_wildcards: bool = option(True, "Resolve __wildcards__ and {choices|alternatives} in prompts",
                                    info="wildcards are text files in the wildcards folder; off: braces are plain text")


@dataclass(frozen=True)
class VaeSettings:
    """Which VAE decodes the pictures."""

    title: ClassVar[str] = "VAE"

    sd_vae: str = option("Automatic", "VAE", infotext="VAE",
                         info="Automatic: the file named like the checkpoint, else the checkpoint's own")
    sd_vae_overrides_per_model_preferences: bool = option(True, "It wins over what a checkpoint's own notes choose")


@dataclass(frozen=True)
class SdxlSettings:
    """What only Stable Diffusion XL is told."""

    title: ClassVar[str] = "Stable Diffusion XL"

    sdxl_crop_top: int = option(0, "Crop top coordinate", minimum=0, maximum=8192,
                                info="Models of this kind draw as if the picture had been cut out there")
    sdxl_crop_left: int = option(0, "Crop left coordinate", minimum=0, maximum=8192)


@dataclass(frozen=True)
class SamplerSettings:
    """Numbers that samplers and schedules read."""

    title: ClassVar[str] = "Sampler parameters"

    hide_samplers: list[str] = option([], "Samplers to hide", needs_reload=True)
    eta_ddim: float = option(0.0, "Eta for DDIM", minimum=0, maximum=1, step=0.01, infotext="Eta DDIM")
    eta_ancestral: float = option(1.0, "Eta for k-diffusion samplers", minimum=0, maximum=1, step=0.01,
                                  infotext="Eta")
    s_churn: float = option(0.0, "Sigma churn", minimum=0, maximum=100, step=0.01, infotext="Sigma churn")
    s_tmin: float = option(0.0, "Sigma tmin", minimum=0, maximum=10, step=0.01, infotext="Sigma tmin")
    s_tmax: float = option(0.0, "Sigma tmax", minimum=0, maximum=999, step=0.01, infotext="Sigma tmax",
                           info="0: no limit")
    s_noise: float = option(1.0, "Sigma noise", minimum=0, maximum=1.1, step=0.001, infotext="Sigma noise")
    sigma_min: float = option(0.0, "Smallest sigma of the schedule", minimum=0, maximum=100,
                              infotext="Schedule min sigma", info="0: the model's own")
    sigma_max: float = option(0.0, "Largest sigma of the schedule", minimum=0, maximum=10000,
                              infotext="Schedule max sigma", info="0: the model's own")
    rho: float = option(0.0, "Rho of the schedule", minimum=0, maximum=100, infotext="Schedule rho",
                        info="0: 7 for Karras, 1 for Polyexponential")
    eta_noise_seed_delta: int = option(0, "Eta noise seed delta (ENSD)", minimum=-(2**31), maximum=2**31,
                                       infotext="ENSD", info="31337 gives NovelAI's pictures")
    always_discard_next_to_last_sigma: bool = option(False, "Always discard the next-to-last sigma",
                                                     infotext="Discard penultimate sigma")
    sgm_noise_multiplier: bool = option(False, "Scale the first noise as SGM does",
                                        infotext="SGM noise multiplier")
    uni_pc_variant: str = option("bh1", "UniPC variant", choices=("bh1", "bh2", "vary_coeff"),
                                 infotext="UniPC variant")
    uni_pc_skip_type: str = option("time_uniform", "UniPC skip type",
                                   choices=("time_uniform", "time_quadratic", "logSNR"),
                                   infotext="UniPC skip type")
    uni_pc_order: int = option(3, "UniPC order", minimum=1, maximum=50, step=1, infotext="UniPC order")
    uni_pc_lower_order_final: bool = option(True, "UniPC lower order at the end",
                                            infotext="UniPC lower order final")
    sd_noise_schedule: str = option("Default", "Noise schedule", choices=("Default", "Zero Terminal SNR"),
                                    infotext="Noise Schedule")
    skip_early_cond: float = option(0.0, "Leave out the negative prompt in the first part of sampling",
                                    minimum=0, maximum=1, step=0.01, infotext="Skip Early CFG")
    beta_dist_alpha: float = option(0.6, "Alpha of the Beta schedule", minimum=0.01, maximum=1, step=0.01,
                                    infotext="Beta scheduler alpha")
    beta_dist_beta: float = option(0.6, "Beta of the Beta schedule", minimum=0.01, maximum=1, step=0.01,
                                   infotext="Beta scheduler beta")


@dataclass(frozen=True)
class OptimizationSettings:
    """Speed against memory, and both against exactness."""

    title: ClassVar[str] = "Optimizations"

    s_min_uncond: float = option(0.0, "Leave out the negative prompt below this sigma", minimum=0, maximum=15,
                                 step=0.01, infotext="NGMS", info="on every other step; faster")
    s_min_uncond_all: bool = option(False, "… on all steps", infotext="NGMS all steps")
    pad_cond_uncond: bool = option(False, "Pad prompts to the same length", infotext="Pad conds",
                                   info="faster when prompts differ in length; changes the picture slightly")
    pad_cond_uncond_v0: bool = option(False, "… in the old way", infotext="Pad conds v0")
    batch_cond_uncond: bool = option(True, "Prompt and negative prompt in one model call",
                                     info="faster, needs more memory")


@dataclass(frozen=True)
class CompatibilitySettings:
    """Behaviour of older versions, for pictures made with them."""

    title: ClassVar[str] = "Compatibility"

    auto_backcompat: bool = option(True, "Turn on what a pasted infotext of an old version needs")
    use_old_emphasis_implementation: bool = option(
        False, "Old emphasis, as in the first versions", info="Stable Diffusion 1.x only; at most 75 tokens")
    use_old_karras_scheduler_sigmas: bool = option(False, "Old Karras sigmas (0.1 to 10)")
    no_dpmpp_sde_batch_determinism: bool = option(False, "DPM++ SDE noise without a seed, as before 1.0")
    use_old_scheduling: bool = option(False, "Old prompt editing timelines",
                                      infotext="Old prompt editing timelines")
    use_downcasted_alpha_bar: bool = option(False, "Round alphas_cumprod to half precision",
                                            infotext="Downcast alphas_cumprod")


@dataclass(frozen=True)
class InfotextSettings:
    """What is written about a picture, and what is read back."""

    title: ClassVar[str] = "Infotext"

    enable_pnginfo: bool = option(True, "Write the parameters into picture files")
    save_txt: bool = option(False, "Write the parameters to a text file beside each picture")
    add_model_name_to_info: bool = option(True, "Name the model")
    add_model_hash_to_info: bool = option(True, "Give the model's hash")
    add_vae_name_to_info: bool = option(True, "Name the VAE, where it is not the model's own")
    add_vae_hash_to_info: bool = option(True, "Give the VAE's hash")
    add_version_to_infotext: bool = option(True, "Give the program's version")
    disable_weights_auto_swap: bool = option(True, "Keep the checkpoint when parameters are pasted")
    infotext_styles: str = option("Apply if any", "Styles found in pasted parameters",
                                  choices=("Ignore", "Apply", "Discard", "Apply if any"))
    infotext_skip_pasting: list[str] = option([], "Parameters not to paste")


@dataclass(frozen=True)
class PreviewSettings:
    """What is shown while a picture is made."""

    title: ClassVar[str] = "Live previews"

    live_previews_enable: bool = option(True, "Show the picture while it is made")
    live_previews_image_format: str = option("jpeg", "Format of previews", choices=("jpeg", "png", "webp"))
    show_progress_grid: bool = option(True, "Show all pictures of a batch")
    show_progress_every_n_steps: int = option(1, "Sampling steps between previews", minimum=-1, maximum=32, step=1,
                                              info="-1: only after each batch")
    show_progress_type: str = option("Approx cheap", "How previews are made",
                                     choices=("Full", "Approx NN", "Approx cheap", "TAESD"),
                                     info="Full decodes with the VAE; the others are a fast approximation")
    live_preview_refresh_period: int = option(500, "Milliseconds between looks at the progress",
                                              minimum=100, maximum=10000)
    show_progress_in_title: bool = option(True, "Show the progress in the window title")


@dataclass(frozen=True)
class InterfaceSettings:
    """How the page behaves."""

    title: ClassVar[str] = "User interface"

    return_grid: bool = option(True, "Show the grid in the gallery")
    interrupt_after_current: bool = option(True, "The first click on Interrupt finishes the current picture",
                                           info="the second stops at once")
    keyedit_precision_attention: float = option(0.1, "Step of Ctrl+Up and Ctrl+Down for (words:1.1)",
                                                minimum=0.01, maximum=0.2, step=0.001)
    keyedit_precision_extra: float = option(0.05, "… and for <networks:0.9>", minimum=0.01, maximum=0.2,
                                            step=0.001)
    keyedit_delimiters: str = option(".,\\/!?%^*;:{}=`~() ", "Characters that end a word for it")
    disable_token_counters: bool = option(False, "Hide the token counters")


SECTIONS: dict[str, Any] = {
    "saving": SavingSettings,
    "paths": PathSettings,
    "directories": DirectorySettings,
    "model": ModelSettings,
    "vae": VaeSettings,
    "sdxl": SdxlSettings,
    "sampler": SamplerSettings,
    "optimizations": OptimizationSettings,
    "compatibility": CompatibilitySettings,
    "infotext": InfotextSettings,
    "previews": PreviewSettings,
    "interface": InterfaceSettings,
}
