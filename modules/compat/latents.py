"""Between latents and pictures, as ``modules.sd_samplers_common`` names it."""

from __future__ import annotations

from typing import Any

import torch
from PIL import Image
from torch import Tensor

from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.foundation.errors import NotFoundError
from modules.generation.pixels import to_image
from modules.generation.previews import approximate, tile

approximation_indexes = {"Full": 0, "Approx NN": 1, "Approx cheap": 2, "TAESD": 3}


def _loaded() -> Any:
    model = HOST.require().bench.models.current
    if model is None:
        raise NotFoundError("There is no model in memory.", remedy="Load one first: shared.sd_model does.")
    return model


def decode_first_stage(model: Any, x: Tensor) -> Tensor:
    """Decode latents with the VAE. Range: about -1 to 1."""
    return model.decode_first_stage(x) if hasattr(model, "decode_first_stage") else _loaded().decode(x)


def samples_to_images_tensor(sample: Tensor, approximation: int | None = None, model: Any = None) -> Tensor:
    """Decode latents: 0 with the VAE, all others approximately. Range: about -1 to 1."""
    loaded = _loaded()
    if approximation in (None, 0):
        return loaded.decode(sample)
    return approximate(sample, loaded.description.latent.preview)


def single_sample_to_image(sample: Tensor, approximation: int | None = None) -> Image.Image:
    """Turn one latent into a picture. Shapes: ``[C, h, w]``."""
    return to_image(samples_to_images_tensor(sample[None], approximation)[0])


def sample_to_image(samples: Tensor, index: int = 0, approximation: int | None = 2) -> Image.Image:
    """Turn one latent of a batch into a picture."""
    return single_sample_to_image(samples[index], approximation)


def samples_to_image_grid(samples: Tensor, approximation: int | None = 2) -> Image.Image:
    """Turn a batch into one picture."""
    return tile([single_sample_to_image(sample, approximation) for sample in samples])


def images_tensor_to_samples(image: Tensor, approximation: int | None = None, model: Any = None) -> Tensor:
    """Encode pictures. Range: 0 to 1. Shapes: ``[B, 3, H, W]``."""
    proxy = model or facade("shared").sd_model
    encoded = [proxy.get_first_stage_encoding(proxy.encode_first_stage(one[None] * 2 - 1)) for one in image]
    return torch.cat(encoded)


def store_latent(decoded: Tensor) -> None:
    """Show a latent as the running job's."""
    facade("shared").state.current_latent = decoded
