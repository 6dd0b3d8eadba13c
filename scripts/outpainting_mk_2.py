"""Outpainting mk2: a picture grows on one side after another, out of noise that continues it."""

from __future__ import annotations

from typing import Any

import gradio as gr
from PIL import Image

import modules.scripts as scripts
from modules import images, outpainting, processing, shared

ORIGINAL_CONTENT = 1
BLUR_FACTOR = 4


class Script(scripts.Script):
    """Inpaints what lies beyond the edges."""

    def title(self) -> str:
        return "Outpainting mk2"

    def show(self, is_img2img: bool) -> bool:
        return is_img2img

    def ui(self, is_img2img: bool) -> list[Any]:
        info = gr.HTML('<p style="margin-bottom:0.75em">Recommended settings: Sampling Steps: 80-100, '
                       'Sampler: Euler a, Denoising strength: 0.8. The Outpaint tab does the same with a frame to '
                       'draw.</p>')
        pixels = gr.Slider(label="Pixels to expand", minimum=8, maximum=256, step=8, value=128,
                           elem_id=self.elem_id("pixels"), info="On each side; the size is rounded up to 64")
        mask_blur = gr.Slider(label="Mask blur", minimum=0, maximum=64, step=1, value=8,
                              elem_id=self.elem_id("mask_blur"))
        direction = gr.CheckboxGroup(label="Outpainting direction", choices=list(outpainting.SIDES),
                                     value=list(outpainting.SIDES), elem_id=self.elem_id("direction"))
        noise_q = gr.Slider(label="Fall-off exponent (lower=higher detail)", minimum=0.0, maximum=4.0, step=0.01,
                            value=1.0, elem_id=self.elem_id("noise_q"))
        color_variation = gr.Slider(label="Color variation", minimum=0.0, maximum=1.0, step=0.01, value=0.05,
                                    elem_id=self.elem_id("color_variation"))
        return [info, pixels, mask_blur, direction, noise_q, color_variation]

    def run(self, p: Any, _: Any, pixels: int, mask_blur: int, direction: list[str], noise_q: float,
            color_variation: float) -> processing.Processed:
        sides = outpainting.read_sides(direction)
        if int(pixels) < 1 or int(mask_blur) < 0:
            raise ValueError(f"{pixels} pixels with a blur of {mask_blur} cannot be added.")
        options = outpainting.ExtensionOptions(outpainting.Fill.NOISE, int(mask_blur), 2 * int(mask_blur),
                                               float(noise_q), float(color_variation))
        grower = Grower(p, {side: int(pixels) for side in sides}, options)
        processing.fix_seed(p)
        runs, p.n_iter = p.n_iter, 1
        shared.state.job_count = runs * len(sides)
        made: list[Image.Image] = []
        for number in range(runs):
            made += grower.grow(number, runs)
            if is_over():
                break
            p.seed += p.batch_size  # A1111 repeats the same pictures
        return deliver(p, made, grower)


class Grower:
    """Extends a batch of pictures, side by side."""

    def __init__(self, p: Any, pixels: dict[str, int], options: outpainting.ExtensionOptions) -> None:
        self._p, self._options = p, options
        self._picture = images.flatten(p.init_images[0], shared.opts.img2img_background_color)
        self._window = outpainting.Size(p.width, p.height)
        self._canvas = outpainting.plan_canvas(outpainting.Size(*self._picture.size), *(
            pixels.get(side, 0) for side in outpainting.SIDES))
        p.mask_blur_x = BLUR_FACTOR * options.mask_inset_px if {"left", "right"} & pixels.keys() else 0
        p.mask_blur_y = BLUR_FACTOR * options.mask_inset_px if {"up", "down"} & pixels.keys() else 0
        p.inpaint_full_res, p.inpainting_fill, p.inpainting_mask_invert = False, ORIGINAL_CONTENT, 0
        p.do_not_save_samples, p.do_not_save_grid = True, True
        self.seed: int = -1
        self.infotext = ""

    def grow(self, number: int, runs: int) -> list[Image.Image]:
        """Return a batch of extended pictures; where somebody stopped it, as far as they got."""
        pictures = [self._picture] * self._p.batch_size
        growths = self._canvas.growths
        for step, growth in enumerate(growths):
            shared.state.job = f"Batch {number + 1} of {runs}, side {step + 1} of {len(growths)}: {growth.side.value}"
            pictures = self._extend(pictures, growth)
            if is_over():
                break
        return pictures

    def _extend(self, pictures: list[Image.Image], growth: outpainting.Growth) -> list[Image.Image]:
        p = self._p
        extensions = [outpainting.extend_side(picture, growth, self._window, self._options) for picture in pictures]
        region = extensions[0].region.size
        p.width, p.height = region.width, region.height
        p.init_images = [extension.picture for extension in extensions]
        p.image_mask, p.latent_mask = extensions[0].mask, extensions[0].latent_mask
        processed = processing.process_images(p)
        if not self.infotext:
            self.seed, self.infotext = processed.seed, processed.info
        painted = processed.images[:len(pictures)]
        if len(painted) < len(pictures):
            return pictures
        return [extension.finish(picture) for extension, picture in zip(extensions, painted)]


def deliver(p: Any, made: list[Image.Image], grower: Grower) -> Any:
    """Save the results, and put a grid before them where there are several."""
    opts, several = shared.opts, len(made) > 1
    if opts.samples_save:
        for picture in made:
            images.save_image(picture, p.outpath_samples, "", grower.seed, p.prompt, opts.samples_format,
                              info=grower.infotext, p=p)
    shown = list(made)
    if several and (opts.return_grid or opts.grid_save):
        grid = images.image_grid(made, p.batch_size)
        if opts.grid_save:
            images.save_image(grid, p.outpath_grids, "grid", grower.seed, p.prompt, opts.grid_format,
                              info=grower.infotext, short_filename=not opts.grid_extended_filename, grid=True, p=p)
        if opts.return_grid:
            shown.insert(0, grid)
    return processing.Processed(p, shown, grower.seed, grower.infotext, infotexts=[grower.infotext] * len(shown),
                                all_seeds=[grower.seed + index for index in range(len(made))],
                                index_of_first_image=len(shown) - len(made))


def is_over() -> bool:
    """Say whether somebody wants no more."""
    return shared.state.interrupted or shared.state.stopping_generation
