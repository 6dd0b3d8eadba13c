"""SD upscale: enlarge a picture, then paint it anew tile by tile."""

from __future__ import annotations

import math
from typing import Any

import gradio as gr

import modules.scripts as scripts
from modules import devices, images, processing, shared

MOST_SCALE = 8


class Script(scripts.Script):
    """Tiles are as large as width and height say, and overlap so that no seams show."""

    def title(self) -> str:
        return "SD upscale"

    def show(self, is_img2img: bool) -> bool:
        return is_img2img

    def ui(self, is_img2img: bool) -> list[Any]:
        info = gr.HTML("<p>The picture is enlarged by the scale factor, then painted anew in tiles of the width and "
                       "height above. A denoising strength of 0.2 to 0.4 keeps what is in it.</p>")
        overlap = gr.Slider(minimum=0, maximum=256, step=16, label="Tile overlap", value=64,
                            elem_id=self.elem_id("overlap"), info="In pixels; less than width and height")
        scale_factor = gr.Slider(minimum=1.0, maximum=4.0, step=0.05, label="Scale Factor", value=2.0,
                                 elem_id=self.elem_id("scale_factor"))
        names = [upscaler.name for upscaler in shared.sd_upscalers]
        upscaler_index = gr.Radio(label="Upscaler", choices=names, value=names[0] if names else None, type="index",
                                  elem_id=self.elem_id("upscaler_index"))
        return [info, overlap, upscaler_index, scale_factor]

    def run(self, p: Any, _: Any, overlap: int, upscaler_index: int | str, scale_factor: float) -> processing.Processed:
        upscaler = find_upscaler(upscaler_index)
        overlap, scale_factor = int(overlap), float(scale_factor)
        if not 1 <= scale_factor <= MOST_SCALE:
            raise ValueError(f"The scale factor must be from 1 to {MOST_SCALE}, not {scale_factor:g}.")
        if not 0 <= overlap < min(p.width, p.height):
            raise ValueError(f"The overlap of {overlap} pixels must be smaller than a tile ({p.width}x{p.height}).")
        processing.fix_seed(p)
        p.extra_generation_params["SD upscale overlap"] = overlap
        p.extra_generation_params["SD upscale upscaler"] = upscaler.name
        enlarged = enlarge(p, upscaler, scale_factor)
        count, seed = p.n_iter, p.seed
        p.n_iter, p.do_not_save_grid, p.do_not_save_samples = 1, True, True
        painter = Painter(p, enlarged, overlap)
        shared.state.job_count = painter.batches * count
        made: list[Any] = []
        for number in range(count):
            p.seed = seed + number
            picture = painter.paint(number * painter.batches, painter.batches * count)
            save(p, picture, seed + number, painter.infotext)
            made.append(picture)
            if is_over():
                break
        return processing.Processed(p, made, seed, painter.infotext, infotexts=[painter.infotext] * len(made))


class Painter:
    """Paints an enlarged picture, tile by tile."""

    def __init__(self, p: Any, picture: Any, overlap: int) -> None:
        self._p, self._picture, self._overlap = p, picture, overlap
        self._batch_size = p.batch_size
        self._tiles = images.split_grid(picture, tile_w=p.width, tile_h=p.height, overlap=overlap).tile_count
        self.batches = math.ceil(self._tiles / self._batch_size)
        self.infotext = ""

    def paint(self, done: int, total: int) -> Any:
        """Return the picture painted anew; where somebody stopped it, the rest of it only enlarged."""
        grid = images.split_grid(self._picture, tile_w=self._p.width, tile_h=self._p.height, overlap=self._overlap)
        tiles = [tile for _, _, row in grid.tiles for tile in row]
        for number in range(self.batches):
            batch = tiles[number * self._batch_size:(number + 1) * self._batch_size]
            shared.state.job = f"Batch {done + number + 1} out of {total}"
            for tile, painted in zip(batch, self._paint([tile[2] for tile in batch])):
                tile[2] = painted
            if is_over():
                break
        return images.combine_grid(grid)

    def _paint(self, pictures: list[Any]) -> list[Any]:
        self._p.batch_size = len(pictures)
        self._p.init_images = pictures
        processed = processing.process_images(self._p)
        self.infotext = self.infotext or processed.info
        self._p.seed = processed.seed + 1
        return list(processed.images[:len(pictures)])


def find_upscaler(asked: int | str) -> Any:
    """Return the upscaler of a place in the list or of a name, whatever the case."""
    known = list(shared.sd_upscalers)
    if isinstance(asked, str):
        for upscaler in known:
            if upscaler.name.lower() == asked.lower():
                return upscaler
    elif asked is not None and 0 <= int(asked) < len(known):
        return known[int(asked)]
    raise ValueError(f"There is no upscaler {asked!r}. There are: {', '.join(one.name for one in known)}.")


def enlarge(p: Any, upscaler: Any, scale_factor: float) -> Any:
    """Return the picture as large as it becomes."""
    picture = images.flatten(p.init_images[0], shared.opts.img2img_background_color)
    if upscaler.name != "None":
        picture = upscaler.scaler.upscale(picture, scale_factor, upscaler.data_path)
    devices.torch_gc()
    return picture


def save(p: Any, picture: Any, seed: int, infotext: str) -> None:
    """Save a finished picture, if pictures are saved."""
    if shared.opts.samples_save:
        images.save_image(picture, p.outpath_samples, "", seed, p.prompt, shared.opts.samples_format, info=infotext,
                          p=p)


def is_over() -> bool:
    """Say whether somebody wants no more."""
    return shared.state.interrupted or shared.state.stopping_generation
