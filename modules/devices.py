"""A1111's ``modules.devices``: where tensors are, in which number format, and noise.

Names: NansException, autocast, cond_cast_float, cond_cast_unet, cpu, create_generator, device, device_codeformer,
device_esrgan, device_gfpgan, device_interrogate, dtype, dtype_inference, dtype_unet, dtype_vae, enable_tf32,
first_time_calculation, force_fp16, fp8, get_cuda_device_string, get_device_for, get_optimal_device,
get_optimal_device_name, has_mps, manual_cast, manual_seed, nv_rng, randn, randn_like, randn_local,
randn_without_seed, test_for_nans, torch_gc, unet_needs_upcast, without_autocast.
"""

from modules.compat.devices import (
    NansException,
    autocast,
    cond_cast_float,
    cond_cast_unet,
    cpu,
    create_generator,
    enable_tf32,
    first_time_calculation,
    get_cuda_device_string,
    get_device_for,
    get_optimal_device,
    get_optimal_device_name,
    has_mps,
    manual_cast,
    manual_seed,
    randn,
    randn_like,
    randn_local,
    randn_without_seed,
    test_for_nans,
    torch_gc,
    without_autocast,
)
from modules.compat.devices import device as get_device
from modules.compat.devices import dtype as get_dtype
from modules.compat.devices import dtype_vae as get_dtype_vae
from modules.compat.lazy import lazy_names

__all__ = [
    "NansException", "autocast", "cond_cast_float", "cond_cast_unet", "cpu", "create_generator", "enable_tf32",
    "first_time_calculation", "force_fp16", "fp8", "get_cuda_device_string", "get_device_for", "get_optimal_device",
    "get_optimal_device_name", "has_mps", "manual_cast", "manual_seed", "nv_rng", "randn", "randn_like",
    "randn_local", "randn_without_seed", "test_for_nans", "torch_gc", "unet_needs_upcast", "without_autocast",
]

fp8 = False
force_fp16 = False
unet_needs_upcast = False
nv_rng = None

__getattr__ = lazy_names(__name__, {
    "device": get_device, "dtype": get_dtype, "dtype_unet": get_dtype, "dtype_vae": get_dtype_vae,
    "dtype_inference": get_dtype, "device_interrogate": get_device, "device_gfpgan": get_device,
    "device_esrgan": get_device, "device_codeformer": get_device,
})
