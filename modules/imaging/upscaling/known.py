"""Networks people know by name from A1111: under which file names they are passed on, and where they come from.

A download is given only where address and checksum are published and agree; nothing is fetched unasked.
"""

from __future__ import annotations

from dataclasses import dataclass

from modules.hubs.download import Download

_REAL_ESRGAN = "https://github.com/xinntao/Real-ESRGAN/releases/download"


@dataclass(frozen=True)
class KnownModel:
    """A well-known file. ``files``: its usual names, the first of them preferred; ``aliases`` stand in infotexts."""

    label: str
    kind: str
    files: tuple[str, ...]
    scale: int = 4
    aliases: tuple[str, ...] = ()
    download: Download | None = None

    @property
    def remedy(self) -> str:
        """Say where the file belongs."""
        return f"Put {self.files[0]} into models/{self.kind} and refresh the list."


KNOWN_UPSCALERS = (
    KnownModel("ESRGAN_4x", "ESRGAN", ("ESRGAN_4x.pth", "ESRGAN.pth")),
    KnownModel("R-ESRGAN 4x+", "RealESRGAN", ("RealESRGAN_x4plus.pth",), 4, ("RealESRGAN_x4plus",), Download(
        f"{_REAL_ESRGAN}/v0.1.0/RealESRGAN_x4plus.pth",
        "4fa0d38905f75ac06eb49a7951b426670021be3018265fd191d2125df9d682f1", 67_040_989, "BSD-3-Clause")),
    KnownModel("R-ESRGAN 4x+ Anime6B", "RealESRGAN", ("RealESRGAN_x4plus_anime_6B.pth",), 4,
               ("R-ESRGAN 4x+ Anime 6B",), Download(
        f"{_REAL_ESRGAN}/v0.2.2.4/RealESRGAN_x4plus_anime_6B.pth",
        "f872d837d3c90ed2e05227bed711af5671a6fd1c9f7d7e91c911a61f155e99da", 17_938_799, "BSD-3-Clause")),
    KnownModel("R-ESRGAN 2x+", "RealESRGAN", ("RealESRGAN_x2plus.pth",), 2, (), Download(
        f"{_REAL_ESRGAN}/v0.2.1/RealESRGAN_x2plus.pth",
        "49fafd45f8fd7aa8d31ab2a22d14d91b536c34494a5cfe31eb5d89c2fa266abb", 67_061_725, "BSD-3-Clause")),
    KnownModel("R-ESRGAN General 4xV3", "RealESRGAN", ("realesr-general-x4v3.pth",), 4,
               ("R-ESRGAN x4v3", "R-ESRGAN 4xV3"), Download(
        f"{_REAL_ESRGAN}/v0.2.5.0/realesr-general-x4v3.pth",
        "8dc7edb9ac80ccdc30c3a5dca6616509367f05fbc184ad95b731f05bece96292", 4_885_111, "BSD-3-Clause")),
    KnownModel("R-ESRGAN General WDN 4xV3", "RealESRGAN", ("realesr-general-wdn-x4v3.pth",)),
    KnownModel("R-ESRGAN AnimeVideo", "RealESRGAN", ("realesr-animevideov3.pth",)),
    KnownModel("SwinIR 4x", "SwinIR", (
        "SwinIR_4x.pth", "003_realSR_BSRGAN_DFOWMFC_s64w8_SwinIR-L_x4_GAN.pth",
        "003_realSR_BSRGAN_DFOWMFC_s64w8_SwinIR-L_x4_GAN-with-dict-keys-params-and-params_ema.pth"), 4,
        ("SwinIR_4x",)),
    KnownModel("ScuNET GAN", "ScuNET", ("ScuNET.pth", "scunet_color_real_gan.pth"), 1, ("ScuNET",)),
    KnownModel("ScuNET PSNR", "ScuNET", ("ScuNET PSNR.pth", "scunet_color_real_psnr.pth"), 1),
    KnownModel("DAT x2", "DAT", ("DAT_x2.pth",), 2),
    KnownModel("DAT x3", "DAT", ("DAT_x3.pth",), 3),
    KnownModel("DAT x4", "DAT", ("DAT_x4.pth",)),
)


def stem(file_name: str) -> str:
    """Give a file's name without folder and ending, in lower case."""
    return file_name.rpartition(".")[0].lower()


def known_by_file(file_name: str) -> KnownModel | None:
    """Recognise a file by its name, whatever its ending."""
    return next((known for known in KNOWN_UPSCALERS if stem(file_name) in map(stem, known.files)), None)


def known_by_name(name: str) -> KnownModel | None:
    """Recognise a label or one of its older spellings."""
    wanted = name.lower()
    return next((known for known in KNOWN_UPSCALERS
                 if wanted in (known.label.lower(), *(alias.lower() for alias in known.aliases))), None)
