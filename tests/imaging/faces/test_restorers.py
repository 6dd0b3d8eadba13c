from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import (
    InvalidPictureError,
    ModelFileError,
    NotFoundError,
    OutOfMemoryError,
    UnsupportedModelError,
)
from modules.hardware.torchvision_repair import repair_torchvision
from modules.imaging.faces import networks, restorers
from modules.imaging.faces.alignment import TEMPLATE
from modules.imaging.faces.face import Face
from modules.imaging.faces.networks import load_into, load_redrawer
from modules.imaging.faces.restorers import FaceRestorers, face_folders
from modules.imaging.faces.restoring import FaceTools, restore_faces

CPU = torch.device("cpu")
FILES = {"CodeFormer": "Codeformer/codeformer-v0.1.0.pth", "GFPGAN": "GFPGAN/GFPGANv1.4.pth"}
DETECTION = "GFPGAN/detection_Resnet50_Final.pth"


class Finder:
    """Finds faces where it is told."""

    def __init__(self, *faces):
        self.faces = [Face(np.asarray(face)) for face in faces]

    def find(self, image):
        assert image.mode == "RGB"
        return self.faces


def noise(width=300, height=260, mode="RGB"):
    values = np.random.default_rng(0).integers(0, 256, (height, width, len(mode)), dtype=np.uint8)
    return Image.fromarray(values, mode)


def to_white(face, weight):
    assert face.shape == (1, 3, 512, 512) and face.min() >= -1 and face.max() <= 1
    return torch.ones_like(face)


FACE = TEMPLATE * 0.2 + (40, 30)


def changed(before, after):
    return np.any(np.asarray(after) != np.asarray(before), axis=-1)


def test_a_face_is_redrawn_and_nothing_else():
    image = noise()
    restored = restore_faces(image, FaceTools(Finder(FACE), to_white), 0.5)
    marks = changed(image, restored)
    assert restored.size == image.size and restored.getpixel((91, 81)) == (255, 255, 255)
    assert not marks[:30].any() and not marks[134:].any() and not marks[:, 144:].any()
    assert 0.05 < marks.mean() < 102.4**2 / (300 * 260)


def test_a_face_drawn_as_it_was_leaves_the_picture_as_it_was():
    image = Image.new("RGB", (300, 260), (90, 120, 200))
    restored = restore_faces(image, FaceTools(Finder(FACE), lambda face, weight: face), 0.5)
    assert np.abs(np.asarray(restored).astype(int) - np.asarray(image)).max() <= 1


def test_only_what_the_parser_calls_face_is_laid_back():
    class Nobody(torch.nn.Conv2d):
        def forward(self, x):
            return torch.nn.functional.one_hot(torch.zeros(1, 512, 512, dtype=torch.long), 19).permute(0, 3, 1, 2)

    image = noise()
    restored = restore_faces(image, FaceTools(Finder(FACE), to_white, Nobody(1, 1, 1)), 0.5)
    assert restored.tobytes() == image.tobytes()


def test_tiny_faces_and_pictures_without_faces_stay():
    image = noise()
    assert restore_faces(image, FaceTools(Finder(), to_white), 0.5).tobytes() == image.tobytes()
    assert restore_faces(image, FaceTools(Finder(TEMPLATE * 0.03), to_white), 0.5).tobytes() == image.tobytes()


def test_transparency_is_kept():
    image = noise(mode="RGBA")
    restored = restore_faces(image, FaceTools(Finder(FACE), to_white), 0.5)
    assert restored.mode == "RGBA"
    assert restored.getchannel("A").tobytes() == image.getchannel("A").tobytes()


def test_stopping_keeps_the_faces_done_so_far():
    cancellation = Cancellation()

    def draw_and_stop(face, weight):
        cancellation.interrupt()
        return torch.ones_like(face)

    image = noise(600)
    marks = changed(image, restore_faces(image, FaceTools(Finder(FACE, FACE + np.array([300, 0])), draw_and_stop),
                                         0.5, cancellation))
    assert marks[:, :200].any() and not marks[:, 300:].any()


@pytest.fixture
def put(tmp_path):
    """Make a file of any content in the models folder."""

    def make(*places):
        for place in places:
            path = tmp_path / place
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"")

    return make


@pytest.mark.parametrize("name", FILES)
def test_what_is_missing_is_named_with_its_place(name, put, tmp_path):
    shelf = FaceRestorers(face_folders(tmp_path), CPU)
    assert shelf.names == ["CodeFormer", "GFPGAN"] and not any(entry.available for entry in shelf.entries)
    with pytest.raises(NotFoundError) as refused:
        shelf.restore(noise(), name)
    folder, file = FILES[name].split("/")
    assert f"{file} into {tmp_path / folder}" in refused.value.remedy
    assert f"detection_Resnet50_Final.pth into {tmp_path / 'GFPGAN'}" in refused.value.remedy
    put(FILES[name])
    with pytest.raises(NotFoundError) as refused:
        shelf.find(name)
    assert file not in refused.value.remedy
    put(DETECTION)
    assert shelf.find(name.lower()).available


def test_an_unknown_restorer_is_answered_with_those_there_are(tmp_path):
    with pytest.raises(NotFoundError, match="no face restorer named Magic") as refused:
        FaceRestorers(face_folders(tmp_path), CPU).find("Magic")
    assert "CodeFormer, GFPGAN" in refused.value.remedy


@pytest.mark.parametrize("place", ["facedetection/detection_Resnet50_Final.pth",
                                   "Codeformer/detection_Resnet50_Final.safetensors"])
def test_the_detector_may_lie_where_other_programs_keep_it(place, put, tmp_path):
    put(FILES["GFPGAN"], place)
    assert FaceRestorers(face_folders(tmp_path), CPU).find("GFPGAN").available


@pytest.fixture
def shelf(put, tmp_path, monkeypatch):
    """Both restorers with their files there, and networks that are only stood in for."""
    put(*FILES.values(), DETECTION)
    shelf = FaceRestorers(face_folders(tmp_path), CPU, lambda path, device: Finder(FACE))
    shelf.loads, shelf.weights = [], []

    def load(path, device):
        shelf.loads.append(path.name)
        return lambda face, weight: (shelf.weights.append(weight), torch.ones_like(face))[1]

    monkeypatch.setattr(restorers, "load_redrawer", load)
    return shelf


def test_networks_stay_in_memory_until_released(shelf):
    for name in ("GFPGAN", "CodeFormer", "GFPGAN"):
        shelf.restore(noise(), name, codeformer_weight=0.25)
    assert shelf.loads == ["GFPGANv1.4.pth", "codeformer-v0.1.0.pth"] and shelf.weights == [0.25] * 3
    shelf.release()
    shelf.restore(noise(), "GFPGAN")
    assert shelf.loads[2:] == ["GFPGANv1.4.pth"]


def test_no_more_networks_stay_than_one_way_of_restoring_needs(shelf, put, tmp_path, monkeypatch):
    put("GFPGAN/parsing_parsenet.pth")
    monkeypatch.setattr(restorers, "_load_parser", lambda path, device: shelf.loads.append(path.name))
    monkeypatch.setattr(restorers, "restore_faces", lambda image, tools, weight, cancellation: image)
    for name in ("GFPGAN", "CodeFormer", "CodeFormer", "GFPGAN"):
        shelf.restore(noise(), name)
    redrawers = [name for name in shelf.loads if "parsing" not in name]
    assert redrawers == ["GFPGANv1.4.pth", "codeformer-v0.1.0.pth", "GFPGANv1.4.pth"]
    assert shelf.loads.count("parsing_parsenet.pth") == 1


def test_faces_can_be_looked_for_alone(shelf, tmp_path):
    assert [face.eye_distance_px for face in shelf.find_faces(noise(mode="RGBA"))] == [Face(FACE).eye_distance_px]
    with pytest.raises(NotFoundError) as refused:
        FaceRestorers(face_folders(tmp_path / "other"), CPU).find_faces(noise())
    assert "detection_Resnet50_Final.pth" in refused.value.remedy


def test_a_damaged_file_is_explained_and_tried_again(put, tmp_path):
    put(*FILES.values(), DETECTION)
    shelf = FaceRestorers(face_folders(tmp_path), CPU)
    for _ in range(2):
        with pytest.raises(ModelFileError, match="is empty"):
            shelf.restore(noise(), "GFPGAN")


def test_too_little_memory_is_explained(shelf, monkeypatch):
    def fail(path, device):
        raise torch.OutOfMemoryError("full")

    monkeypatch.setattr(restorers, "load_redrawer", fail)
    with pytest.raises(OutOfMemoryError, match="restore faces with GFPGAN"):
        shelf.restore(noise(), "GFPGAN")


def test_names_that_all_begin_with_module_are_understood(tmp_path):
    source, target = torch.nn.Linear(2, 3), torch.nn.Linear(2, 3)
    torch.save({f"module.{name}": tensor for name, tensor in source.state_dict().items()}, tmp_path / "x.pth")
    load_into(target, tmp_path / "x.pth")
    assert torch.equal(source.weight, target.weight) and not target.weight.requires_grad
    with pytest.raises(ModelFileError, match="does not hold"):
        load_into(torch.nn.Linear(5, 5), tmp_path / "x.pth")


def describe(kind, model):
    return SimpleNamespace(architecture=SimpleNamespace(id=kind, name=kind), model=model)


class Model(torch.nn.Module):
    """Notes what it is asked, and answers with a picture beyond the range."""

    def __init__(self, value=3.0):
        super().__init__()
        self.asked, self.value = None, value

    def forward(self, x, **options):
        self.asked = options
        return torch.full_like(x, self.value), None


@pytest.mark.parametrize("kind, asked", [
    ("CodeFormer", {"weight": 0.7, "adain": True}),
    ("GFPGAN", {"return_rgb": False, "randomize_noise": False}),
])
def test_each_network_is_asked_in_its_own_way(kind, asked, tmp_path, monkeypatch):
    model = Model()
    monkeypatch.setattr(networks, "load_descriptor", lambda path: describe(kind, model))
    drawn = load_redrawer(tmp_path / "x.pth", CPU)(torch.zeros(1, 3, 8, 8), 0.7)
    assert model.asked == asked and drawn.min() == drawn.max() == 1


def test_what_is_no_picture_is_not_pasted(tmp_path, monkeypatch):
    monkeypatch.setattr(networks, "load_descriptor", lambda path: describe("GFPGAN", Model(float("nan"))))
    with pytest.raises(InvalidPictureError):
        load_redrawer(tmp_path / "x.pth", CPU)(torch.zeros(1, 3, 8, 8), 0.5)


def test_an_upscaler_is_no_face_restorer(tmp_path):
    repair_torchvision()
    from spandrel.architectures.Compact import Compact

    torch.save(Compact(num_feat=8, num_conv=1).state_dict(), tmp_path / "x.pth")
    with pytest.raises(UnsupportedModelError, match="CodeFormer or GFPGAN was expected"):
        load_redrawer(tmp_path / "x.pth", CPU)


@pytest.mark.parametrize("kind", ["CodeFormer", "GFPGAN"])
def test_the_real_topologies_are_recognised(kind):
    """By names alone: networks of full size are too slow to run here."""
    repair_torchvision()
    if kind == "CodeFormer":
        from spandrel_extra_arches.architectures.CodeFormer import CodeFormer, CodeFormerArch

        build, architecture = CodeFormer, CodeFormerArch()
    else:
        from spandrel.architectures.GFPGAN import GFPGAN, GFPGANArch

        def build():
            return GFPGAN(out_size=512, num_style_feat=512, channel_multiplier=2, decoder_load_path=None,
                          fix_decoder=False, num_mlp=8, input_is_latent=True, different_w=True, narrow=1, sft_half=True)

        architecture = GFPGANArch()
    with torch.device("meta"):
        weights = build().state_dict()
    assert architecture.detect(weights) and architecture.id in networks._CALLS


def test_faces_can_be_found_without_a_restorer(tmp_path):
    made = FaceRestorers(face_folders(tmp_path), CPU, lambda path, device: Finder(FACE))
    with pytest.raises(NotFoundError) as caught:
        made.find_faces(noise())
    assert "detection_Resnet50_Final.pth" in caught.value.remedy
    (tmp_path / "GFPGAN").mkdir()
    (tmp_path / DETECTION).touch()
    assert len(made.find_faces(noise(mode="RGBA"))) == 1
