"""Poor man's outpainting: the new border of a picture is inpainted tile by tile."""

from __future__ import annotations

from typing import Any

import gradio as gr

import modules.scripts as scripts
from modules import images, outpainting, processing, shared

FILLS = ("fill", "original", "latent noise", "latent nothing")


class Script(scripts.Script):
    """Tiles are as large as width and height say; those that lie within the original are left alone."""

    def title(self) -> str:
        return "Poor man's outpainting"

    def show(self, is_img2img: bool) -> bool:
        return is_img2img

    def ui(self, is_img2img: bool) -> list[Any]:
        pixels = gr.Slider(label="Pixels to expand", minimum=8, maximum=256, step=8, value=128,
                           elem_id=self.elem_id("pixels"),
                           info="On each side, and how much tiles overlap; less than width and height")
        mask_blur = gr.Slider(label="Mask blur", minimum=0, maximum=64, step=1, value=4,
                              elem_id=self.elem_id("mask_blur"))
        fill = gr.Radio(label="Masked content", choices=list(FILLS), value="fill", type="index",
                        elem_id=self.elem_id("inpainting_fill"), info="What the new border begins with")
        direction = gr.CheckboxGroup(label="Outpainting direction", choices=list(outpainting.SIDES),
                                     value=list(outpainting.SIDES), elem_id=self.elem_id("direction"))
        return [pixels, mask_blur, fill, direction]

    def run(self, p: Any, pixels: int, mask_blur: int, inpainting_fill: int | str, direction: list[str]
            ) -> processing.Processed:
        sides, pixels, mask_blur = outpainting.read_sides(direction), int(pixels), int(mask_blur)
        if not 0 < pixels < min(p.width, p.height):
            raise ValueError(f"{pixels} pixels cannot be added with tiles of {p.width}x{p.height}: "
                             "it must be more than 0 and less than a tile.")
        p.inpainting_fill = read_fill(inpainting_fill)
        p.mask_blur, p.inpaint_full_res, p.inpainting_mask_invert = 2 * mask_blur, False, 0
        p.n_iter, p.batch_size, p.do_not_save_samples, p.do_not_save_grid = 1, 1, True, True
        picture = images.flatten(p.init_images[0], shared.opts.img2img_background_color)
        canvas = outpainting.plan_canvas(outpainting.Size(*picture.size), *(
            pixels if side in sides else 0 for side in outpainting.SIDES))
        extension = outpainting.extend(picture, canvas, outpainting.ExtensionOptions(
            outpainting.Fill.BLACK, 2 * mask_blur, mask_blur // 2))
        border = Border(p, extension, pixels, canvas.box.as_tuple())
        made = border.paint()
        if shared.opts.samples_save:
            images.save_image(made, p.outpath_samples, "", border.seed, p.prompt, shared.opts.samples_format,
                              info=border.infotext, p=p)
        return processing.Processed(p, [made], border.seed, border.infotext, infotexts=[border.infotext])


class Border:
    """The tiles in which something new is wanted."""

    def __init__(self, p: Any, extension: outpainting.Extension, overlap: int, original: tuple[int, int, int, int]
                 ) -> None:
        self._p, self._extension, self._original = p, extension, original
        self._grids = [images.split_grid(one, tile_w=p.width, tile_h=p.height, overlap=overlap)
                       for one in (extension.canvas, extension.mask, extension.latent_mask)]
        self.seed: int = -1
        self.infotext = ""

    def paint(self) -> Any:
        """Return the whole picture; tiles that were not reached before somebody stopped it stay as they were."""
        places = [place for place in self._places() if not self._is_old(*place[:2])]
        shared.state.job_count = len(places)
        for number, (_, _, row, column) in enumerate(places):
            shared.state.job = f"Batch {number + 1} out of {len(places)}"
            tile, mask, latent_mask = (grid.tiles[row][2][column] for grid in self._grids)
            tile[2] = self._paint(tile[2], mask[2], latent_mask[2])
            if shared.state.interrupted or shared.state.stopping_generation:
                break
        return self._extension.finish(images.combine_grid(self._grids[0]))

    def _places(self) -> list[tuple[int, int, int, int]]:
        """Return left, top, row and column of every tile."""
        return [(tile[0], y, row, column) for row, (y, _, tiles) in enumerate(self._grids[0].tiles)
                for column, tile in enumerate(tiles)]

    def _is_old(self, x: int, y: int) -> bool:
        left, top, right, bottom = self._original
        return x >= left and y >= top and x + self._p.width <= right and y + self._p.height <= bottom

    def _paint(self, picture: Any, mask: Any, latent_mask: Any) -> Any:
        p = self._p
        p.init_images, p.image_mask, p.latent_mask = [picture], mask, latent_mask
        processed = processing.process_images(p)
        if not self.infotext:
            self.seed, self.infotext = processed.seed, processed.info
        p.seed = processed.seed + 1
        return processed.images[0] if processed.images else picture


def read_fill(asked: int | str) -> int:
    """Return the number of what the border begins with; it may be called by name. Raises: ValueError."""
    if isinstance(asked, str) and asked.lower() in FILLS:
        return FILLS.index(asked.lower())
    if not isinstance(asked, str) and asked is not None and 0 <= int(asked) < len(FILLS):
        return int(asked)
    raise ValueError(f"The masked content is one of {', '.join(FILLS)}, not {asked!r}.")
