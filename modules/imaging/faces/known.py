"""The files face restoration needs, where they belong and where they come from.

CodeFormer's weights and code are for non-commercial use only (S-Lab License 1.0); that is for its users to know.
"""

from __future__ import annotations

from modules.hubs.download import Download
from modules.imaging.upscaling.known import KnownModel

_FACEXLIB = "https://github.com/xinntao/facexlib/releases/download"

CODEFORMER = KnownModel("CodeFormer", "Codeformer", ("codeformer-v0.1.0.pth", "codeformer.pth"), 1, (), Download(
    "https://github.com/sczhou/CodeFormer/releases/download/v0.1.0/codeformer.pth",
    "1009e537e0c2a07d4cabce6355f53cb66767cd4b4297ec7a4a64ca4b8a5684b7", 376_637_898,
    "S-Lab License 1.0: for non-commercial use only"))
GFPGAN = KnownModel("GFPGAN", "GFPGAN", ("GFPGANv1.4.pth", "GFPGANv1.3.pth"), 1, (), Download(
    "https://github.com/TencentARC/GFPGAN/releases/download/v1.3.0/GFPGANv1.4.pth",
    "e2cd4703ab14f4d01fd1383a8a8b266f9a5833dacee8e6a79d3bf21a1b6be5ad", 348_632_874,
    "Apache-2.0, with parts under other terms"))
DETECTOR = KnownModel("RetinaFace", "GFPGAN", ("detection_Resnet50_Final.pth",), 1, (), Download(
    f"{_FACEXLIB}/v0.1.0/detection_Resnet50_Final.pth",
    "6d1de9c2944f2ccddca5f5e010ea5ae64a39845a86311af6fdf30841b0a5a16d", 109_497_761, "MIT"))
PARSER = KnownModel("ParseNet", "GFPGAN", ("parsing_parsenet.pth",), 1, (), Download(
    f"{_FACEXLIB}/v0.2.2/parsing_parsenet.pth",
    "3d558d8d0e42c20224f13cf5a29c79eba2d59913419f945545d8cf7b72920de2", 85_331_193, "MIT"))

RESTORERS = (CODEFORMER, GFPGAN)
FACE_FOLDERS = ("Codeformer", "GFPGAN", "facedetection", "facerestore_models")
"""Folders under ``models``: A1111's, and those that ComfyUI's users share."""
