"""Old model files: everything harmless loads, nothing else does, and nothing in a file ever runs."""

from __future__ import annotations

import io
import pickle  # noqa: TID251
import random
import struct
import sys
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from modules.foundation.errors import ModelFileError
from modules.weights.pickles import read_pickle
from modules.weights.reading import read_header, read_object, read_weights

pytestmark = pytest.mark.filterwarnings("ignore:Detected pickle protocol")

WATCHED = ("os.system", "os.exec", "os.spawn", "os.posix_spawn", "subprocess.Popen", "exec", "compile", "os.remove",
           "shutil.rmtree", "socket.connect", "ctypes.dlopen", "webbrowser.open", "pty.spawn", "code.__new__")


class Watch:
    """Notes what the interpreter was asked to run; audit hooks cannot be taken away, so it is switched."""

    def __init__(self) -> None:
        self.active = False
        self.seen: list[str] = []
        sys.addaudithook(self.note)

    def note(self, event: str, _arguments: object) -> None:
        if self.active and event in WATCHED:
            self.seen.append(event)


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Watch:
    path = tmp_path_factory.mktemp("first") / "file.pt"
    for new_format in (True, False):  # PyTorch imports parts of itself at the first load
        torch.save({"w": torch.ones(1)}, path, _use_new_zipfile_serialization=new_format)
        read_pickle(path)
    for contain in CONTAINERS.values():
        path.write_bytes(contain(call("nowhere", "nothing")))
        with pytest.raises(ModelFileError):
            read_pickle(path)
    return Watch()


@pytest.fixture
def nothing_runs(watch: Watch) -> Iterator[None]:
    watch.seen.clear()
    watch.active = True
    yield
    watch.active = False
    assert watch.seen == []


def call(module: str, name: str, *arguments: str, protocol: int = 2) -> bytes:
    """Write a pickle that calls ``module.name`` with texts."""
    texts = b"".join(pickle.BINUNICODE + struct.pack("<I", len(text)) + text.encode() for text in arguments)
    if protocol >= 4:
        short = [pickle.SHORT_BINUNICODE + bytes([len(part)]) + part.encode() for part in (module, name)]
        function = short[0] + short[1] + pickle.STACK_GLOBAL
    else:
        function = pickle.GLOBAL + f"{module}\n{name}\n".encode()
    head = pickle.PROTO + bytes([protocol])
    return head + function + pickle.MARK + texts + pickle.TUPLE + pickle.REDUCE + pickle.STOP


MARK = "touch /tmp/never"
CALLS = {
    "system": ("os", "system", MARK),
    "posix system": ("posix", "system", MARK),
    "windows system": ("nt", "system", MARK),
    "eval": ("builtins", "eval", "__import__('os').system('true')"),
    "eval of Python 2": ("__builtin__", "eval", "1"),
    "exec": ("builtins", "exec", "import os"),
    "compile": ("builtins", "compile", "1", "x", "exec"),
    "getattr": ("builtins", "getattr", "os", "system"),
    "import": ("builtins", "__import__", "os"),
    "open": ("builtins", "open", "/tmp/never", "w"),
    "popen": ("subprocess", "Popen", MARK),
    "check_output": ("subprocess", "check_output", MARK),
    "runpy": ("runpy", "run_path", "/tmp/never.py"),
    "importlib": ("importlib", "import_module", "antigravity"),
    "timeit": ("timeit", "timeit", "1"),
    "profile": ("cProfile", "run", "1"),
    "debugger": ("bdb", "Bdb", "1"),
    "pip": ("pip", "main", "install"),
    "pty": ("pty", "spawn", MARK),
    "code": ("code", "interact", ""),
    "ctypes": ("ctypes", "CDLL", "libc.so.6"),
    "rmtree": ("shutil", "rmtree", "/tmp/never"),
    "webbrowser": ("webbrowser", "open", "http://127.0.0.1:9"),
    "torch.load": ("torch.serialization", "load", "/tmp/never"),
    "torch.hub": ("torch.hub", "load", "a/b", "c"),
    "torch.jit": ("torch.jit._serialization", "load", "/tmp/never"),
    "numpy.load": ("numpy", "load", "/tmp/never"),
    "operator": ("operator", "methodcaller", "system"),
    "functools": ("functools", "partial", "print"),
    "dotted name": ("collections", "OrderedDict.__class__", "x"),
}


def as_bare(data: bytes) -> bytes:
    return data


def as_legacy(data: bytes) -> bytes:
    head = [pickle.dumps(value, 2) for value in (0x1950a86a20f9469cfc6c, 1001, {"little_endian": True})]
    return b"".join(head) + data + pickle.dumps([], 2)


def as_zip(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", data)
        archive.writestr("archive/version", b"3\n")
    return buffer.getvalue()


def as_polyglot(data: bytes) -> bytes:
    """Put a payload before an archive that looks harmless: scanners see the archive, loaders the payload."""
    return as_legacy(data) + as_zip(pickle.dumps({}, 2))


CONTAINERS = {"bare": as_bare, "legacy": as_legacy, "zip": as_zip, "polyglot": as_polyglot}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("family", CALLS)
def test_no_payload_runs(family: str, container: str, tmp_path: Path, nothing_runs: None):
    for protocol in (2, 4):
        path = tmp_path / "model.ckpt"
        path.write_bytes(CONTAINERS[container](call(*CALLS[family], protocol=protocol)))
        for read in (read_weights, read_object, read_header):
            with pytest.raises(ModelFileError):
                read(path)
    assert not Path("/tmp/never").exists()


def test_the_refused_part_is_named(tmp_path: Path):
    path = tmp_path / "model.ckpt"
    path.write_bytes(as_zip(call("subprocess", "Popen", "x")))
    with pytest.raises(ModelFileError, match=r"model\.ckpt was refused.*subprocess\.Popen.*Nothing was run"):
        read_weights(path)
    path.write_bytes(as_zip(call("os", "system", "x")))
    with pytest.raises(ModelFileError, match=r"refused.*(os|posix)\.system"):
        read_weights(path)


def test_a_refusal_is_never_followed_by_another_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    attempts = []

    def load(*arguments, **options):
        attempts.append(options["weights_only"])
        raise pickle.UnpicklingError("Weights only load failed")

    monkeypatch.setattr(torch, "load", load)
    path = tmp_path / "model.pt"
    path.write_bytes(as_legacy(pickle.dumps({}, 2)))
    with pytest.raises(ModelFileError):
        read_weights(path)
    assert attempts == [True]


def stub_class(module: str, name: str) -> type:
    """Stand for a class of a library that is not installed, long enough to write a pickle that names it."""
    return type(name, (), {"__module__": module})


def save_naming(content: object, path: Path, classes: list[type], monkeypatch: pytest.MonkeyPatch) -> None:
    for cls in classes:
        parts = cls.__module__.split(".")
        for length in range(1, len(parts) + 1):
            monkeypatch.setitem(sys.modules, ".".join(parts[:length]), type(sys)(".".join(parts[:length])))
        setattr(sys.modules[cls.__module__], cls.__name__, cls)
    torch.save(content, path)
    monkeypatch.undo()


def test_a_lightning_checkpoint_of_2022(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    callback = stub_class("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint")
    best = torch.tensor(0.25, dtype=torch.float64).numpy()[()]
    content = {"epoch": 1, "pytorch-lightning_version": "1.4.2", "state_dict": {"a.weight": torch.ones(2, 3)},
               "callbacks": {callback: {"best_model_score": torch.tensor(0.5), "best": best}}}
    path = tmp_path / "sd-v1-4.ckpt"
    save_naming(content, path, [callback], monkeypatch)
    assert read_weights(path).shapes == {"a.weight": (2, 3)}
    assert next(iter(read_pickle(path)["callbacks"].values()))["best"] == 0.25


PARAMETER = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3))
UNKNOWN_TO_LEGACY = ("float8", "textual inversion of A1111")
"""Newer than the legacy format, or never written in it."""
BENIGN: dict[str, tuple[object, Callable[[object], torch.Tensor]]] = {
    "plain": ({"w": PARAMETER.data}, lambda content: content["w"]),
    "half": ({"w": PARAMETER.data.half()}, lambda content: content["w"]),
    "bfloat16": ({"w": PARAMETER.data.bfloat16()}, lambda content: content["w"]),
    "float8": ({"w": PARAMETER.data.to(torch.float8_e4m3fn)}, lambda content: content["w"].float()),
    "ordered": (OrderedDict(w=PARAMETER.data), lambda content: content["w"]),
    "parameter": ({"w": PARAMETER}, lambda content: content["w"]),
    "textual inversion of A1111": (
        {"string_to_token": {"*": 265}, "string_to_param": torch.nn.ParameterDict({"*": PARAMETER}), "name": "x",
         "step": 100, "sd_checkpoint": None}, lambda content: content["string_to_param"]["*"]),
    "learned_embeds.bin": ({"<cat>": PARAMETER.data}, lambda content: content["<cat>"]),
    "hypernetwork": ({768: (OrderedDict(w=PARAMETER.data), OrderedDict()), "step": 1, "name": "x"},
                     lambda content: content[768][0]["w"]),
    "nested": ({"state_dict": {"w": PARAMETER.data}, "global_step": 3}, lambda content: content["state_dict"]["w"]),
    "set": ({"w": PARAMETER.data, "s": {1, 2}}, lambda content: content["w"]),
    "shared storage": ({"w": PARAMETER.data, "again": PARAMETER.data.T}, lambda content: content["again"].T),
}


@pytest.mark.parametrize("new_format", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize("name", BENIGN)
def test_every_harmless_kind_loads(name: str, new_format: bool, tmp_path: Path, nothing_runs: None):
    if name in UNKNOWN_TO_LEGACY and not new_format:
        pytest.skip("was never written in the legacy format")
    content, pick = BENIGN[name]
    path = tmp_path / "file.pt"
    torch.save(content, path, _use_new_zipfile_serialization=new_format)
    assert torch.equal(pick(read_pickle(path)).float(), PARAMETER.data)


def test_programs_saved_as_models_are_refused(tmp_path: Path):
    path = tmp_path / "program.pt"
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), path)
    with pytest.raises(ModelFileError):
        read_weights(path)
    torch.save(torch.nn.Linear(2, 2), path)
    with pytest.raises(ModelFileError, match=r"refused.*torch\.nn\.modules\.linear\.Linear"):
        read_weights(path)


def test_tensors_that_store_less_than_they_claim_are_refused(tmp_path: Path):
    path = tmp_path / "bomb.pt"
    torch.save({"w": torch.zeros(1).expand(10**9)}, path)
    assert path.stat().st_size < 5000
    with pytest.raises(ModelFileError, match="1000000000 numbers that stores only 1"):
        read_pickle(path)


def test_compressed_archives_are_refused(tmp_path: Path):
    stored, packed = tmp_path / "stored.pt", tmp_path / "packed.pt"
    torch.save({"w": torch.zeros(1 << 20)}, stored)
    with zipfile.ZipFile(stored) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    with pytest.raises(ModelFileError, match="unpack to far more"):
        read_pickle(packed)


@pytest.mark.parametrize("new_format", [True, False], ids=["zip", "legacy"])
def test_a_storage_that_claims_terabytes_is_refused(new_format: bool, tmp_path: Path):
    path = tmp_path / "huge.pt"
    torch.save({"w": torch.zeros(7777)}, path, _use_new_zipfile_serialization=new_format)
    data = path.read_bytes()
    count, huge = pickle.BININT2 + struct.pack("<H", 7777), pickle.LONG1 + b"\6" + (1 << 40).to_bytes(6, "little")
    assert count in data
    if new_format:
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(tmp_path / "x.pt", "w") as target:
            for name in source.namelist():
                target.writestr(name, source.read(name).replace(count, huge))
        path = tmp_path / "x.pt"
    else:
        path.write_bytes(data.replace(count, huge))
    with pytest.raises(ModelFileError):
        read_pickle(path)


def test_damaged_files_only_ever_raise_model_file_errors(tmp_path: Path):
    path, choices = tmp_path / "file.pt", random.Random(0)
    originals = []
    for new_format in (True, False):
        torch.save({"state_dict": {"w": PARAMETER.data, "b": torch.ones(3)}, "step": 1}, path,
                   _use_new_zipfile_serialization=new_format)
        originals.append(path.read_bytes())
    for _ in range(400):
        data = bytearray(choices.choice(originals))
        for _ in range(choices.randint(1, 6)):
            data[choices.randrange(len(data))] = choices.randrange(256)
        path.write_bytes(data[:choices.randint(1, len(data))] if choices.random() < 0.4 else data)
        try:
            read_weights(path)
        except ModelFileError as error:
            assert path.name in str(error)
