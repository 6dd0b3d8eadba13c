"""Models that people begin with: a short list for those who do not know what to look for.

Address, size, hash and licence are as the hub publishes them, so that everything is said before anything is contacted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from modules.hubs.access import Access
from modules.hubs.download import Download, Offer, Parcel
from modules.hubs.guesses import CHECKPOINT, LORA, VAE

MODEL, ORDERED_MODEL = MODEL_OFFERS = ("model", "ordered model")
"""Kinds of offers on the page of models: what is well known, and what somebody found by its address."""


@dataclass(frozen=True)
class WellKnown:
    """A model by name. ``place``: repository and path on Hugging Face; ``name``: what the file is called here."""

    title: str
    about: str
    kind: str
    place: tuple[str, str]
    name: str
    facts: tuple[str, int, str]
    """sha256, size in bytes, licence."""

    def offer(self, folder: Path, access: Access) -> Offer:
        (repository, path), (sha256, size_bytes, licence) = self.place, self.facts
        download = Download(f"{access.hub}/{repository}/resolve/main/{path}", sha256, size_bytes, licence)
        return Offer(self.title, MODEL, (Parcel(download, folder / self.name),), self.about)


_RAIL, _RAIL_XL = "CreativeML OpenRAIL-M", "CreativeML Open RAIL++-M"
WELL_KNOWN = (
    WellKnown("Stable Diffusion 1.5", "The classic, 512×512. Most LoRAs and mixes are made for it.", CHECKPOINT,
              ("stable-diffusion-v1-5/stable-diffusion-v1-5", "v1-5-pruned-emaonly.safetensors"),
              "v1-5-pruned-emaonly.safetensors",
              ("6ce0161689b3853acaa03779ec93eafe75a02f4ced659bee03f50797806fa2fa", 4_265_146_304, _RAIL)),
    WellKnown("Stable Diffusion XL 1.0", "Larger and sharper, 1024×1024. Best with 8 GB of GPU memory or more.",
              CHECKPOINT, ("stabilityai/stable-diffusion-xl-base-1.0", "sd_xl_base_1.0.safetensors"),
              "sd_xl_base_1.0.safetensors",
              ("31e35c80fc4829d14f90153f4c74cd59c90b779f6afe05a74cd6120b893f7e5b", 6_938_078_334, _RAIL_XL)),
    WellKnown("SDXL refiner 1.0", "Finishes SDXL's pictures; choose it under Refiner.", CHECKPOINT,
              ("stabilityai/stable-diffusion-xl-refiner-1.0", "sd_xl_refiner_1.0.safetensors"),
              "sd_xl_refiner_1.0.safetensors",
              ("7440042bbdc8a24813002c09b6b69b64dc90fded4472613437b7f55f9b7d9c5f", 6_075_981_930, _RAIL_XL)),
    WellKnown("VAE for 1.x (ft-MSE)", "Cleaner eyes and faces with Stable Diffusion 1.x.", VAE,
              ("stabilityai/sd-vae-ft-mse-original", "vae-ft-mse-840000-ema-pruned.safetensors"),
              "vae-ft-mse-840000-ema-pruned.safetensors",
              ("735e4c3a447a3255760d7f86845f09f937809baa529c17370d83e4c3758f3c75", 334_641_190, "MIT")),
    WellKnown("VAE for SDXL (16-bit fix)", "Lets SDXL decode in 16 bits, which is quicker and needs less memory.", VAE,
              ("madebyollin/sdxl-vae-fp16-fix", "sdxl_vae.safetensors"), "sdxl-vae-fp16-fix.safetensors",
              ("235745af8d86bf4a4c1b5b4f529868b37019a10f7c0b2e79ad0abca3a22bc6e1", 334_641_162, "MIT")),
    WellKnown("LCM LoRA for 1.5", "Pictures in 4 to 8 steps, with the sampler LCM and a CFG scale of 1 to 2.", LORA,
              ("latent-consistency/lcm-lora-sdv1-5", "pytorch_lora_weights.safetensors"),
              "lcm-lora-sdv1-5.safetensors",
              ("8f90d840e075ff588a58e22c6586e2ae9a6f7922996ee6649a7f01072333afe4", 134_621_556, _RAIL_XL)),
)


def offer_well_known(folders: Mapping[str, Path], access: Access) -> Iterator[Offer]:
    """Offer what is not in its folder yet. ``folders`` by kind of file. Contacts nobody."""
    for known in WELL_KNOWN:
        folder = folders[known.kind]
        if not (folder / known.name).exists():
            yield known.offer(folder, access)
