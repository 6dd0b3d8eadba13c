"""A1111's ``modules.sd_samplers``: which samplers there are.

Names: all_samplers, all_samplers_map, create_sampler, find_sampler, find_sampler_config,
fix_p_invalid_sampler_and_scheduler, get_sampler_and_scheduler, samplers, samplers_for_img2img, samplers_hidden,
samplers_map, set_samplers, visible_sampler_names, visible_samplers.
"""

from modules.compat.lazy import lazy_names
from modules.compat.samplers import (
    all_samplers,
    all_samplers_map,
    create_sampler,
    find_sampler_config,
    fix_p_invalid_sampler_and_scheduler,
    get_sampler_and_scheduler,
    samplers,
    samplers_for_img2img,
    samplers_hidden,
    samplers_map,
    set_samplers,
    visible_sampler_names,
    visible_samplers,
)
from modules.compat.samplers import find_sampler_config as find_sampler

__all__ = [
    "all_samplers", "all_samplers_map", "create_sampler", "find_sampler", "find_sampler_config",
    "fix_p_invalid_sampler_and_scheduler", "get_sampler_and_scheduler", "samplers", "samplers_for_img2img",
    "samplers_hidden", "samplers_map", "set_samplers", "visible_sampler_names", "visible_samplers",
]

__getattr__ = lazy_names(__name__)
