"""Files under the names and signatures that scripts know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from modules.artefacts.encoding import EmbeddedText, EncodingOptions, encode_picture
from modules.artefacts.filename_patterns import PatternOptions, PictureFacts, expand_pattern
from modules.artefacts.naming import Destination, NamingOptions, next_number
from modules.artefacts.saving import PictureDraft, SavedArtefact, SaveOptions
from modules.artefacts.saving import save_image as write_image
from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.foundation.files import atomic_write
from modules.foundation.safe_names import sanitize_part

_ENDING = "."


def save_image(image: Image.Image, path: str, basename: str, seed: Any = None, prompt: str | None = None,
               extension: str = "png", info: str | None = None, short_filename: bool = False, no_prompt: bool = False,
               grid: bool = False, pnginfo_section_name: str = "parameters", p: Any = None,
               existing_info: Mapping[str, Any] | None = None, forced_filename: str | None = None, suffix: str = "",
               save_to_dirs: bool | None = None) -> tuple[str, str | None]:
    """Save a picture; return the paths of its file and of the text beside it.

    The path is also left on the picture as ``already_saved_as``. Raises: OutputError.
    """
    opts = facade("shared").opts
    if save_to_dirs is None:
        save_to_dirs = opts.grid_save_to_dirs if grid else opts.save_to_dirs and not no_prompt
    place = Destination(_folder(path), str(extension).lstrip(_ENDING), basename or "", suffix, bool(save_to_dirs),
                        short_filename, forced_filename)
    others = {str(key): str(value) for key, value in (existing_info or {}).items()
              if isinstance(value, (str, int, float))}
    text = EmbeddedText(info or "", pnginfo_section_name, others)
    saved = write_image(image, text, place, save_options(), picture_facts(p, seed, prompt), _Announced(p, opts))
    image.already_saved_as = str(saved.path)  # type: ignore[attr-defined]
    _tell_saved(image, p, saved, text)
    return str(saved.path), str(saved.text_path) if saved.text_path else None


class _Announced:
    """Shows a picture about to be written to the callbacks, which may change picture, name and texts."""

    def __init__(self, p: Any, opts: Any) -> None:
        self._p, self._embeds = p, opts.enable_pnginfo

    def __call__(self, draft: PictureDraft) -> PictureDraft:
        callbacks = facade("script_callbacks")
        chunks = dict(draft.text.chunks) if self._embeds else {}
        params = callbacks.ImageSaveParams(draft.image, self._p, str(draft.path), chunks)
        callbacks.before_image_saved_callback(params)
        texts = {key: str(value) for key, value in (params.pnginfo or {}).items()}
        section = draft.text.section
        text = EmbeddedText(texts.pop(section, draft.text.infotext), section, texts)
        return PictureDraft(params.image, text, Path(params.filename))


def _tell_saved(image: Image.Image, p: Any, saved: SavedArtefact, text: EmbeddedText) -> None:
    callbacks = facade("script_callbacks")
    callbacks.image_saved_callback(callbacks.ImageSaveParams(image, p, str(saved.path), dict(text.chunks)))


def save_image_with_geninfo(image: Image.Image, geninfo: str | None, filename: str, extension: str | None = None,
                            existing_pnginfo: Mapping[str, Any] | None = None,
                            pnginfo_section_name: str = "parameters") -> None:
    """Write a picture with its infotext under exactly this name. Raises: OutputError."""
    others = {str(key): str(value) for key, value in (existing_pnginfo or {}).items()}
    text = EmbeddedText(geninfo or "", pnginfo_section_name, others)
    ending = (extension or Path(filename).suffix or ".png").lstrip(_ENDING)
    encoded = encode_picture(image, ending, text, save_options().encoding)
    atomic_write(Path(filename), encoded.data)


def get_next_sequence_number(path: str, basename: str) -> int:
    """Return the number the next file of a folder gets."""
    return next_number(_folder(path), basename)


def sanitize_filename_part(text: str | None, replace_spaces: bool = True) -> str | None:
    """Make a text fit for a file name."""
    return None if text is None else sanitize_part(text, replace_spaces=replace_spaces)


class FilenameGenerator:
    """Fills in file name patterns."""

    def __init__(self, p: Any, seed: Any, prompt: str | None, image: Image.Image | None, zip: bool = False) -> None:
        self.p, self.seed, self.prompt, self.image, self.zip = p, seed, prompt, image, zip

    def apply(self, x: str) -> str:
        """Return a pattern with its ``[names]`` replaced."""
        return expand_pattern(x, picture_facts(self.p, self.seed, self.prompt, zip=self.zip),
                              save_options().naming.patterns, self.image)


def save_options() -> SaveOptions:
    """Read the settings of saving as scripts see them: they may have changed some for a moment."""
    opts = facade("shared").opts
    naming = NamingOptions(opts.samples_filename_pattern, opts.directories_filename_pattern,
                           opts.save_images_add_number, opts.save_images_replace_action == "Replace",
                           PatternOptions(opts.directories_max_prompt_words))
    return SaveOptions(naming, EncodingOptions(opts.jpeg_quality, opts.webp_lossless, opts.enable_pnginfo),
                       opts.save_txt, opts.export_for_4chan, opts.img_downscale_threshold,
                       int(opts.target_side_length))


def picture_facts(p: Any, seed: Any, prompt: str | None, *, zip: bool = False) -> PictureFacts:
    """Collect from ``p`` what file name patterns can say."""
    def of(name: str, default: Any = None) -> Any:
        return getattr(p, name, default)

    return PictureFacts(
        prompt=prompt or "", negative_prompt=str(of("negative_prompt", "") or ""),
        seed=None if seed is None else int(seed), job_seeds=tuple(of("all_seeds") or ()), steps=of("steps"),
        cfg=of("cfg_scale"), sampler=of("sampler_name"), scheduler=of("scheduler"), model_name=of("sd_model_name"),
        model_hash=of("sd_model_hash"), vae_filename=of("sd_vae_name"), styles=tuple(of("styles") or ()),
        denoising=of("denoising_strength"), user=of("user"), batch_size=of("batch_size", 1),
        batch_count=of("n_iter", 1), batch_index=of("batch_index", 0) or 0, iteration=of("iteration", 0) or 0,
        job_started=_job_started(), saved=datetime.now(), zip=zip)


def _job_started() -> datetime | None:
    """Read the job's time off the state, where extensions find and change it."""
    try:
        return datetime.strptime(facade("shared").state.job_timestamp, "%Y%m%d%H%M%S")
    except (ValueError, TypeError, AttributeError):
        return datetime.now()


def _folder(path: str) -> Path:
    """Relative folders are under the data folder."""
    return HOST.require().flags.data_dir / path
