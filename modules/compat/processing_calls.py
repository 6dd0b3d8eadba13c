"""``modules.txt2img`` and ``modules.img2img``: what A1111's page called. Extensions replace ``process_batch``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modules.compat.facade import facade
from modules.imaging.reading import open_image

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")


def process_batch(p: Any, input: Any, output_dir: str, inpaint_mask_dir: str = "", args: Any = (),
                  to_scale: bool = False, scale_by: float = 1.0, use_png_info: bool = False,
                  png_info_props: Any = None, png_info_dir: str | None = None) -> Any:
    """Run ``p`` for each picture of a folder, or of a list of files; return what was made, all together."""
    shared, processing = facade("shared"), facade("processing")
    files = [file for file in (facade("shared").listfiles(input) if isinstance(input, str) else map(str, input))
             if Path(file).suffix.lower() in ENDINGS]
    masks = facade("shared").listfiles(inpaint_mask_dir) if inpaint_mask_dir else []
    p.do_not_save_grid = True
    if output_dir:
        p.outpath_samples, p.override_settings = output_dir, {**p.override_settings, "save_to_dirs": False}
    shared.state.job_count = len(files) * p.n_iter
    together = None
    for file in files:
        if shared.state.interrupted:
            break
        picture = open_image(Path(file))
        if to_scale:
            p.width, p.height = int(picture.width * scale_by), int(picture.height * scale_by)
        p.init_images = [picture] * p.batch_size
        mask = next((one for one in masks if Path(one).stem == Path(file).stem), masks[0] if len(masks) == 1 else None)
        if mask is not None:
            p.image_mask = open_image(Path(mask))
        made = (p.scripts.run(p, *args) if p.scripts is not None else None) or processing.process_images(p)
        if together is None:
            together = made
        else:
            together.images += made.images
            together.infotexts += made.infotexts
    return together or processing.Processed(p, [])
