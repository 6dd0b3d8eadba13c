"""What is offered depends on the files that are there, and on nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from modules.extras.bench import ExtrasBench
from modules.extras.offers import FACE_RESTORER, UPSCALER, list_offers
from modules.extras.sources import FolderRules
from modules.hubs.download import Parcel
from modules.imaging.faces.known import CODEFORMER, DETECTOR, GFPGAN, PARSER
from modules.imaging.faces.restorers import FaceRestorers, face_folders
from modules.imaging.upscaling.known import KNOWN_UPSCALERS
from modules.imaging.upscaling.shelf import UpscalerShelf, upscaler_folders


@pytest.fixture
def offered(tmp_path):
    """Puts files into the folders of models, and gives back what is offered then."""
    def look(*files: str) -> dict[str, object]:
        for name in files:
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"x")
        cpu = torch.device("cpu")
        bench = ExtrasBench(UpscalerShelf(upscaler_folders(tmp_path), cpu), FaceRestorers(face_folders(tmp_path), cpu),
                            None, FolderRules(tmp_path, anywhere=True), tmp_path)
        return {offer.label: offer for offer in list_offers(bench, Path("models"))}

    return look


def parcels(*files):
    """Where each file is fetched from, and where it belongs."""
    return tuple(Parcel(known.download, Path("models") / known.kind / known.files[0]) for known in files)


def test_everything_that_can_be_fetched_is_offered(offered):
    offers = offered()
    upscalers = [known.label for known in KNOWN_UPSCALERS if known.download]
    assert list(offers) == [*upscalers, "CodeFormer", "GFPGAN"]
    assert {offers[label].kind for label in upscalers} == {UPSCALER} and len(upscalers) >= 4
    assert offers["GFPGAN"].kind == FACE_RESTORER
    assert offers["GFPGAN"].files == parcels(GFPGAN, DETECTOR, PARSER)
    assert offers["GFPGAN"].size_bytes == 348_632_874 + 109_497_761 + 85_331_193


@pytest.mark.parametrize(("files", "gone"), [
    (["RealESRGAN/RealESRGAN_x4plus.pth"], "R-ESRGAN 4x+"),
    (["upscale_models/RealESRGAN_x2plus.safetensors"], "R-ESRGAN 2x+"),
    (["GFPGAN/GFPGANv1.3.pth", "facedetection/detection_Resnet50_Final.pth"], "GFPGAN"),
])
def test_what_is_installed_is_not_offered(offered, files, gone):
    before = offered()
    assert set(before) - set(offered(*files)) == {gone}


def test_only_missing_files_are_part_of_an_offer(offered):
    offers = offered("GFPGAN/detection_Resnet50_Final.pth", "facerestore_models/parsing_parsenet.pth")
    assert offers["CodeFormer"].files == parcels(CODEFORMER) and offers["GFPGAN"].files == parcels(GFPGAN)


def test_what_cannot_be_fetched_whole_is_not_offered(offered, monkeypatch):
    monkeypatch.setattr("modules.imaging.faces.restorers.DETECTOR", replace(DETECTOR, download=None))
    assert not {"CodeFormer", "GFPGAN"} & set(offered())
