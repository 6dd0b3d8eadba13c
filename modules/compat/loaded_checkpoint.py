"""``shared.sd_model``: the model in memory under LDM's names. Its networks are diffusers' and have other insides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.compat.lazy import MissingName, UnsupportedNameError
from modules.families.description import Conditioning, Prediction
from modules.foundation.size import Size
from modules.prompting.encoding import Emphasis, EncodingOptions, TextEncoding

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel

NATIVE_LOOP = ("Use script_callbacks.on_cfg_denoiser, on_cfg_denoised or on_cfg_after_cfg, or a native plugin's "
               "before_model and after_model.")
NATIVE_TEXT = "Use a native plugin's conditioning hook, or replace functions of modules.prompt_parser."
_FIXED = frozenset({"apply_model", "forward", "get_learned_conditioning", "decode_first_stage", "encode_first_stage"})


class LoadedCheckpoint:
    """One model. Extensions may keep attributes of their own here, for as long as it is in memory."""

    is_ssd = is_sd3 = is_sdxl_inpaint = False
    lowvram = False
    latent_channels = 4

    def __init__(self, loaded: LoadedModel) -> None:
        description = loaded.description
        self.loaded = loaded
        self.is_sdxl = description.is_sdxl
        self.is_sd2 = description.family == "sd2"
        self.is_sd1 = not self.is_sdxl and not self.is_sd2
        self.is_inpainting = description.conditioning is Conditioning.INPAINTING
        self.parameterization = "v" if description.prediction is Prediction.VELOCITY else "eps"
        edits = description.conditioning is Conditioning.EDIT
        self.cond_stage_key = "edit" if edits else "txt"
        self.model = _Wrapper("edit" if edits else "crossattn" if description.conditioning is Conditioning.NONE
                              else "hybrid")
        if self.is_sdxl:
            self.conditioner = MissingName("sd_model.conditioner", NATIVE_TEXT)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _FIXED:
            raise UnsupportedNameError(f"sd_model.{name} cannot be replaced here.", remedy=NATIVE_LOOP)
        super().__setattr__(name, value)

    @property
    def sd_checkpoint_info(self) -> Any:
        """Its names, and its hash once that is known."""
        return facade("sd_models").CheckpointInfo(self.loaded.files.checkpoint)

    @property
    def sd_model_hash(self) -> str | None:
        return self.sd_checkpoint_info.shorthash or self.sd_checkpoint_info.hash

    @property
    def sd_model_checkpoint(self) -> str:
        return str(self.loaded.files.checkpoint)

    @property
    def filename(self) -> str:
        return self.sd_model_checkpoint

    @property
    def device(self) -> torch.device:
        return self.loaded.placement.device

    @property
    def dtype(self) -> torch.dtype:
        return self.loaded.placement.unet_dtype

    @property
    def alphas_cumprod(self) -> Tensor:
        return self.loaded.alphas_cumprod

    @property
    def scale_factor(self) -> float:
        return self.loaded.description.latent.scale

    @property
    def first_stage_model(self) -> Any:
        """The autoencoder, a module of diffusers."""
        return self.loaded.autoencoder

    @property
    def cond_stage_model(self) -> TextStage:
        return TextStage(self.loaded)

    def encode_first_stage(self, x: Tensor) -> Any:
        """Encode pictures. Shapes: ``[B, 3, H, W]``. Range: -1 to 1."""
        posterior = _FirstStage(self.loaded.encode(x))
        return posterior.sample() * self.scale_factor if self.is_sdxl else posterior

    def get_first_stage_encoding(self, encoder_posterior: Any) -> Tensor:
        """Return latents as the U-Net sees them."""
        if self.is_sdxl:
            return encoder_posterior
        latents = encoder_posterior.sample() if isinstance(encoder_posterior, _FirstStage) else encoder_posterior
        return latents * self.scale_factor

    def decode_first_stage(self, z: Tensor) -> Tensor:
        """Decode latents. Range: about -1 to 1."""
        return self.loaded.decode(z)

    def apply_model(self, x: Tensor, t: Tensor, cond: Any, **_: Any) -> Tensor:
        """Run the U-Net. ``cond``: encoded texts, or a mapping with ``c_crossattn``, ``c_concat`` and ``vector``."""
        if isinstance(cond, Tensor):
            return self.loaded.predict(x, t, cond)
        cross = cond.get("crossattn", cond.get("c_crossattn"))
        concat, vector = cond.get("c_concat"), cond.get("vector", cond.get("c_adm"))
        return self.loaded.predict(x, t, _whole(cross, dim=1), vector, _whole(concat, dim=1))

    def get_learned_conditioning(self, batch: Sequence[str]) -> Any:
        """Encode texts that share their length: a tensor, or for SDXL a mapping with a vector."""
        encoding = TextEncoding(HOST.require().bench.towers(self.loaded), self._options())
        encoded = encoding.encode_group(list(batch))
        cross = torch.stack([text.cross for text in encoded])
        if encoded[0].pooled is None:
            return cross
        opts = facade("shared").opts
        unwanted = getattr(batch, "is_negative_prompt", False)
        if unwanted and self.is_sdxl and not any(batch):
            encoded = [text._replace(cross=text.cross * 0, pooled=torch.zeros_like(text.pooled))
                       for text in encoded if text.pooled is not None]
            cross = cross * 0
        size = Size(getattr(batch, "width", None) or 1024, getattr(batch, "height", None) or 1024)
        score = opts.sdxl_refiner_low_aesthetic_score if unwanted else opts.sdxl_refiner_high_aesthetic_score
        vector = self.loaded.size_vector(torch.stack([text.pooled for text in encoded if text.pooled is not None]),
                                         size, crop=(opts.sdxl_crop_top, opts.sdxl_crop_left), aesthetic_score=score)
        return {"crossattn": cross, "vector": vector}

    def _options(self) -> EncodingOptions:
        opts = facade("shared").opts
        return EncodingOptions(Emphasis.named(opts.emphasis), int(opts.comma_padding_backtrack),
                               int(opts.CLIP_stop_at_last_layers),
                               bool(opts.use_old_emphasis_implementation) and self.is_sd1, bool(opts.sdxl_clip_l_skip))

    def to(self, *_: Any, **__: Any) -> LoadedCheckpoint:
        """Stay where it is: the placement is decided when a model is loaded."""
        return self

    cpu = cuda = half = eval = train = requires_grad_ = to

    def parameters(self) -> Any:
        """Return the U-Net's weights."""
        return self.loaded.unet.parameters()


LoadedCheckpoint.float = LoadedCheckpoint.to  # type: ignore[attr-defined]  # would hide the type inside the class


class _Wrapper:
    """``sd_model.model``."""

    diffusion_model = MissingName("sd_model.model.diffusion_model", NATIVE_LOOP)

    def __init__(self, conditioning_key: str) -> None:
        self.conditioning_key = conditioning_key


class _FirstStage:
    """What the autoencoder says of pictures, in its own scale."""

    def __init__(self, posterior: Any) -> None:
        self._posterior = posterior

    def sample(self) -> Tensor:
        """Draw latents from the global generator."""
        return self._posterior.draw(torch.default_generator) / self._posterior.scale

    def mode(self) -> Tensor:
        return self._posterior.mean


class TextStage:
    """``sd_model.cond_stage_model``: the tokenizer's side of it."""

    wrapped = MissingName("sd_model.cond_stage_model.wrapped", NATIVE_TEXT)
    chunk_length = 75
    id_start, id_end, id_pad, comma_token = 49406, 49407, 49407, 267

    def __init__(self, loaded: LoadedModel) -> None:
        self._tower = HOST.require().bench.towers(loaded)[0]

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the tokens of texts, without start and end."""
        return [self._tower.tokenizer.encode(text) for text in texts]

    def get_target_prompt_token_count(self, token_count: int) -> int:
        """Return the room of the chunks that so many tokens fill."""
        return max(-(-token_count // self.chunk_length), 1) * self.chunk_length

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise UnsupportedNameError(f"sd_model.cond_stage_model.{name} is not supported here.", remedy=NATIVE_TEXT)


def proxy_of(loaded: LoadedModel) -> LoadedCheckpoint:
    """Return the object that extensions see of a model, always the same."""
    proxy: LoadedCheckpoint = loaded.attachments.setdefault(LoadedCheckpoint, LoadedCheckpoint(loaded))
    return proxy


def _whole(value: Any, dim: int) -> Any:
    return torch.cat(list(value), dim) if isinstance(value, (list, tuple)) else value
