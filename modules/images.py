"""A1111's ``modules.images``: grids, legends, tiles, resizing, and files with their infotext.

Names: image_grid, Grid, split_grid, combine_grid, GridAnnotation, draw_grid_annotations, draw_prompt_matrix,
get_font, resize_image, flatten, read, fix_image, read_info_from_image, image_data, save_image,
save_image_with_geninfo, get_next_sequence_number, sanitize_filename_part, FilenameGenerator, LANCZOS, NEAREST,
invalid_filename_chars, invalid_filename_prefix, invalid_filename_postfix, max_filename_part_length, IGNORED_INFO_KEYS.
"""

from PIL import Image

from modules.artefacts.metadata import TECHNICAL_KEYS
from modules.compat.grids import (
    Grid,
    GridAnnotation,
    combine_grid,
    draw_grid_annotations,
    draw_prompt_matrix,
    get_font,
    image_grid,
    split_grid,
)
from modules.compat.pictures import fix_image, flatten, image_data, read, read_info_from_image, resize_image
from modules.compat.saving import (
    FilenameGenerator,
    get_next_sequence_number,
    sanitize_filename_part,
    save_image,
    save_image_with_geninfo,
)
from modules.foundation.safe_names import MAX_PART_CHARS

LANCZOS = Image.Resampling.LANCZOS
NEAREST = Image.Resampling.NEAREST
IGNORED_INFO_KEYS = set(TECHNICAL_KEYS)
invalid_filename_chars = '#<>:"/\\|?*\n\r\t'
invalid_filename_prefix = " "
invalid_filename_postfix = " ."
max_filename_part_length = MAX_PART_CHARS

__all__ = [
    "IGNORED_INFO_KEYS", "LANCZOS", "NEAREST", "FilenameGenerator", "Grid", "GridAnnotation", "combine_grid",
    "draw_grid_annotations", "draw_prompt_matrix", "fix_image", "flatten", "get_font", "get_next_sequence_number",
    "image_data", "image_grid", "invalid_filename_chars", "invalid_filename_postfix", "invalid_filename_prefix",
    "max_filename_part_length", "read", "read_info_from_image", "resize_image", "sanitize_filename_part",
    "save_image", "save_image_with_geninfo", "split_grid",
]
