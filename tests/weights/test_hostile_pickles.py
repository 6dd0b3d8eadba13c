"""A museum of hostile model files, by the trick each uses: none of them gets anything to run, open or change.

The calls themselves (``os.system`` and its kin) are in ``test_pickles.py``; here are the ways to get at them.
"""

from __future__ import annotations

import io
import os
import pickle  # noqa: TID251
import struct
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from modules.foundation.errors import ModelFileError
from modules.weights.reading import read_header, read_object, read_weights
from tests.weights.test_pickles import CALLS, CONTAINERS, WATCHED, as_legacy, as_zip, call

pytestmark = [pytest.mark.filterwarnings(f"ignore:{words}") for words in (
    "Detected pickle protocol", "Duplicate name", "'torch.load' received a zip file that looks like a TorchScript")]

CANARY = "hostile-pickle-canary"
_EVENTS = frozenset({*WATCHED, "pickle.find_class", "os.rename", "os.mkdir", "os.symlink", "os.link", "os.chmod",
                     "os.putenv", "os.kill", "socket.getaddrinfo", "shutil.copyfile", "shutil.unpack_archive",
                     "urllib.Request", "marshal.loads", "function.__new__", "sys.settrace", "builtins.input"})


def text(value: str) -> bytes:
    return pickle.BINUNICODE + struct.pack("<I", len(value.encode())) + value.encode()


def name(module: str, what: str) -> bytes:
    return pickle.GLOBAL + f"{module}\n{what}\n".encode()


def stacked(module: str, what: str) -> bytes:
    return text(module) + text(what) + pickle.STACK_GLOBAL


def tuple_of(*parts: bytes) -> bytes:
    return pickle.MARK + b"".join(parts) + pickle.TUPLE


def reduced(function: bytes, *arguments: bytes) -> bytes:
    return function + tuple_of(*arguments) + pickle.REDUCE


def table(**entries: bytes) -> bytes:
    return pickle.EMPTY_DICT + b"".join(text(key) + value + pickle.SETITEM for key, value in entries.items())


def program(body: bytes, protocol: int = 2) -> bytes:
    return pickle.PROTO + bytes([protocol]) + body + pickle.STOP


SHELL = text(f"touch {CANARY}")
SYSTEM, EVAL, GETATTR = name("os", "system"), name("builtins", "eval"), name("builtins", "getattr")
ORDERED = name("collections", "OrderedDict")
REBUILD = name("torch._utils", "_rebuild_tensor_v2")
NONE, ONE = pickle.NONE, pickle.BININT1 + b"\1"
CODE = text(f"open({CANARY!r}, 'w')")

TRICKS: dict[str, bytes] = {
    # ways to name a function
    "protocol 0": pickle.GLOBAL + b"os\nsystem\n" + pickle.MARK + b"S'touch " + CANARY.encode() + b"'\n"
                  + pickle.TUPLE + pickle.REDUCE + pickle.STOP,
    "protocol 1": program(reduced(SYSTEM, SHELL), 1), "protocol 3": program(reduced(SYSTEM, SHELL), 3),
    "protocol 5": program(reduced(stacked("os", "system"), SHELL), 5),
    "protocol 99": program(reduced(SYSTEM, SHELL), 99),
    "no protocol": reduced(SYSTEM, SHELL) + pickle.STOP,
    "protocol in the middle": program(NONE + pickle.POP + program(reduced(stacked("os", "system"), SHELL), 4)),
    "instance": program(pickle.MARK + SHELL + pickle.INST + b"os\nsystem\n"),
    "object": program(pickle.MARK + SYSTEM + SHELL + pickle.OBJ),
    "new object": program(SYSTEM + tuple_of(SHELL) + pickle.NEWOBJ),
    "new object with names": program(SYSTEM + tuple_of(SHELL) + pickle.EMPTY_DICT + pickle.NEWOBJ_EX, 4),
    "new object of a class": program(name("subprocess", "Popen") + tuple_of(SHELL) + pickle.NEWOBJ),
    "extension 1": program(pickle.EXT1 + b"\1" + tuple_of(SHELL) + pickle.REDUCE),
    "extension 2": program(pickle.EXT2 + b"\1\0" + tuple_of(SHELL) + pickle.REDUCE),
    "extension 4": program(pickle.EXT4 + b"\1\0\0\0" + tuple_of(SHELL) + pickle.REDUCE),
    "short text": program(pickle.SHORT_BINUNICODE + b"\2os" + pickle.SHORT_BINUNICODE + b"\6system"
                          + pickle.STACK_GLOBAL + tuple_of(SHELL) + pickle.REDUCE, 4),
    "name from memory": program(text("os") + pickle.BINPUT + b"\0" + pickle.POP + text("system") + pickle.BINPUT + b"\1"
                                + pickle.POP + pickle.BINGET + b"\0" + pickle.BINGET + b"\1" + pickle.STACK_GLOBAL
                                + tuple_of(SHELL) + pickle.REDUCE, 4),
    "memoised": program(text("os") + pickle.MEMOIZE + text("system") + pickle.MEMOIZE + pickle.STACK_GLOBAL
                        + tuple_of(SHELL) + pickle.REDUCE, 4),
    "dotted": program(reduced(stacked("collections", "OrderedDict.__init__.__globals__"), SHELL), 4),
    "through torch": program(reduced(name("torch.serialization", "os.system"), SHELL)),
    "through torch's os": program(reduced(stacked("torch.serialization.os", "system"), SHELL), 4),
    "name with spaces": program(reduced(name(" os ", "system"), SHELL)),
    "name that is no text": program(ONE + ONE + pickle.STACK_GLOBAL, 4),
    "empty names": program(reduced(name("", ""), SHELL)),
    "look-alike": program(reduced(name("torch._utils\u200b", "_rebuild_tensor_v2"), SHELL)),
    "a module that is a file": program(reduced(name(CANARY, "run"), SHELL)),
    # ways to get from something allowed to something else
    "getattr chain": program(reduced(reduced(GETATTR, reduced(name("builtins", "__import__"), text("os")),
                                             text("system")), SHELL)),
    "attribute of an allowed class": program(reduced(GETATTR, ORDERED, text("__subclasses__"))),
    "state of an allowed class": program(ORDERED + table(__reduce__=SYSTEM) + pickle.BUILD),
    "state of an allowed function": program(REBUILD + table(__code__=CODE) + pickle.BUILD),
    "state of an instance": program(reduced(ORDERED) + table(__class__=SYSTEM) + pickle.BUILD),
    "state with slots": program(reduced(ORDERED) + tuple_of(NONE, table(__setitem__=SYSTEM)) + pickle.BUILD),
    "setting an item of a function": program(REBUILD + text("x") + SYSTEM + pickle.SETITEM),
    "setting items of a class": program(ORDERED + pickle.MARK + text("x") + ONE + pickle.SETITEMS),
    "appending to a class": program(ORDERED + SYSTEM + pickle.APPEND),
    "extending a class": program(ORDERED + pickle.MARK + SYSTEM + pickle.APPENDS),
    "adding to a class": program(ORDERED + pickle.MARK + SYSTEM + pickle.ADDITEMS, 4),
    "an allowed function as class": program(REBUILD + tuple_of(SHELL) + pickle.NEWOBJ),
    "an instance as function": program(reduced(reduced(ORDERED), SHELL)),
    "a text as function": program(reduced(text("os.system"), SHELL)),
    "arguments that are none": program(ORDERED + NONE + pickle.REDUCE),
    "rebuilding with a function": program(reduced(name("torch._tensor", "_rebuild_from_type_v2"), SYSTEM,
                                                  name("torch", "Tensor"), tuple_of(SHELL), NONE)),
    "rebuilding from a type": program(reduced(name("torch._tensor", "_rebuild_from_type"), SYSTEM, SYSTEM,
                                              tuple_of(SHELL), NONE)),
    "rebuilding a wrapper": program(reduced(name("torch._utils", "_rebuild_wrapper_subclass"), SYSTEM, ONE, ONE, ONE,
                                            ONE, ONE, ONE, ONE)),
    "a storage from a file": program(reduced(stacked("torch.storage", "UntypedStorage.from_file"),
                                             text("/etc/passwd")), 4),
    "a tensor of a shell": program(reduced(REBUILD, reduced(SYSTEM, SHELL), ONE, tuple_of(ONE), tuple_of(ONE),
                                           NONE, NONE)),
    "a parameter's state": program(reduced(name("torch._utils", "_rebuild_parameter_with_state"), NONE, ONE, NONE,
                                           table(__class__=SYSTEM))),
    # functions that load, call or import for somebody else
    "apply": program(reduced(name("__builtin__", "apply"), SYSTEM, tuple_of(SHELL))),
    "map": program(reduced(name("builtins", "map"), SYSTEM, tuple_of(SHELL))),
    "filter listed": program(reduced(name("builtins", "list"), reduced(name("builtins", "filter"), SYSTEM,
                                                                       tuple_of(SHELL)))),
    "copyreg": program(reduced(name("copyreg", "add_extension"), text("os"), text("system"), ONE)),
    "reconstructor": program(reduced(name("copyreg", "_reconstructor"), name("subprocess", "Popen"),
                                     name("builtins", "object"), NONE)),
    "codecs": program(reduced(name("codecs", "decode"), text("Y2FuYXJ5"), text("base64"))),
    "marshal": program(reduced(name("types", "FunctionType"), reduced(name("marshal", "loads"), SHELL),
                               pickle.EMPTY_DICT)),
    "pickle in a pickle": program(reduced(name("pickle", "loads"), SHELL)),
    "joblib": program(reduced(name("joblib", "load"), SHELL)), "dill": program(reduced(name("dill", "loads"), SHELL)),
    "cloudpickle": program(reduced(name("cloudpickle", "loads"), SHELL)),
    "cloudpickle's builder": program(reduced(name("cloudpickle.cloudpickle", "_make_function"), SHELL)),
    "pandas": program(reduced(name("pandas.io.pickle", "read_pickle"), SHELL)),
    "numpy runstring": program(reduced(name("numpy.testing._private.utils", "runstring"), CODE, pickle.EMPTY_DICT)),
    "numpy of objects": program(reduced(name("numpy.core.multiarray", "_reconstruct"), name("numpy", "ndarray"),
                                        tuple_of(ONE), SHELL)),
    "numpy from a file": program(reduced(name("numpy", "fromfile"), text("/etc/passwd"))),
    "numpy f2py": program(reduced(name("numpy.f2py.crackfortran", "myeval"), CODE)),
    "torch dynamo": program(reduced(name("torch._dynamo.guards", "GuardBuilder.get"), SHELL)),
    "torch collect_env": program(reduced(name("torch.utils.collect_env", "run"), SHELL)),
    "torch model_dump": program(reduced(name("torch.utils.model_dump", "main"), SHELL)),
    "torch cpp": program(reduced(name("torch.utils.cpp_extension", "load_inline"), SHELL, SHELL)),
    "torch package": program(reduced(name("torch.package", "PackageImporter"), SHELL)),
    "torch distributed": program(reduced(name("torch.distributed.run", "main"), SHELL)),
    "torch multiprocessing": program(reduced(name("torch.multiprocessing", "spawn"), SYSTEM)),
    "torch classes": program(reduced(name("torch.classes", "load_library"), SHELL)),
    "torch from_dlpack": program(reduced(name("torch", "from_dlpack"), SHELL)),
    "lightning": program(reduced(name("pytorch_lightning.core.saving", "load_hparams_from_yaml"), SHELL)),
    "yaml": program(reduced(name("yaml", "unsafe_load"), text("!!python/object/apply:os.system [x]"))),
    "logging": program(reduced(name("logging.config", "listen"), ONE)),
    "asyncio": program(reduced(name("asyncio.unix_events", "_UnixSubprocessTransport._start"), SHELL)),
    "site": program(reduced(name("site", "execsitecustomize"))),
    "ensurepip": program(reduced(name("ensurepip", "_run_pip"), SHELL)),
    "ssl": program(reduced(name("ssl", "get_server_certificate"), tuple_of(text("127.0.0.1"), ONE))),
    "requests": program(reduced(name("requests.api", "get"), text("http://127.0.0.1:9"))),
    "our own module": program(reduced(name("modules.application.main", "main"), SHELL)),
    "our own stand-in": program(reduced(name("modules.weights.pickles", "read_pickle"), SHELL)),
    # machinery driven mad
    "endless list": program(pickle.EMPTY_LIST + pickle.BINPUT + b"\0" + pickle.BINGET + b"\0" + pickle.APPEND),
    "deep nesting": program(pickle.EMPTY_TUPLE + pickle.TUPLE1 * 30_000),
    "deep lists": program(pickle.EMPTY_LIST * 20_000 + pickle.APPEND * 19_999),
    "long claimed": program(pickle.LONG4 + b"\xff\xff\xff\x7f"),
    "text of 2^63 bytes": program(pickle.BINUNICODE8 + b"\xff" * 7 + b"\x7f", 4),
    "bytes of 2^63 bytes": program(pickle.BINBYTES8 + b"\xff" * 7 + b"\x7f", 4),
    "bytearray of 2^63 bytes": program(pickle.BYTEARRAY8 + b"\xff" * 7 + b"\x7f", 5),
    "frame past the end": program(pickle.FRAME + b"\xff" * 8 + reduced(SYSTEM, SHELL), 4),
    "memory far away": program(pickle.LONG_BINPUT + b"\xff\xff\xff\x7f"),
    "memory never written": program(pickle.LONG_BINGET + b"\xff\xff\xff\x7f"),
    "buffer from outside": program(pickle.NEXT_BUFFER + pickle.READONLY_BUFFER, 5),
    "popping nothing": program(pickle.POP * 9), "mark without end": program(pickle.MARK * 9 + pickle.POP_MARK * 12),
    "unknown opcode": program(b"\xfe\xfd"), "persistent text": program(pickle.PERSID + b"../../etc/passwd\n"),
    "persistent anything": program(tuple_of(text("module"), SYSTEM) + pickle.BINPERSID),
    "persistent storage of a function": program(tuple_of(text("storage"), SYSTEM, text("../../../etc/passwd"),
                                                         text("cpu"), ONE) + pickle.BINPERSID),
    "unhashable key": program(pickle.EMPTY_DICT + pickle.EMPTY_LIST + ONE + pickle.SETITEM),
    "duplicated stack": program(SYSTEM + pickle.DUP + SHELL + pickle.TUPLE2 + pickle.REDUCE),
    "after the end": program(pickle.EMPTY_DICT) + program(reduced(SYSTEM, SHELL)),
}


def member_names(*names: str, payload: bytes | None = None) -> bytes:
    """Write an archive with a harmless table, and members of these names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"w": 1}, 2))
        archive.writestr("archive/version", b"3\n")
        for one in names:
            archive.writestr(one, TRICKS["no protocol"] if payload is None else payload)
    return buffer.getvalue()


def as_tar(data: bytes) -> bytes:
    """Write the format of PyTorch before 0.4, whose members are pickles, too."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for member in ("pickle", "storages", "tensors", f"../../{CANARY}"):
            entry = tarfile.TarInfo(member)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


FILES: dict[str, Callable[[], bytes]] = {
    "tar": lambda: as_tar(TRICKS["no protocol"]),
    "zip slip": lambda: member_names(f"archive/../../{CANARY}", f"/tmp/{CANARY}", f"..\\{CANARY}"),
    "two tables": lambda: member_names("archive/data.pkl"),
    "TorchScript": lambda: member_names("archive/code/__torch__.py", "archive/constants.pkl"),
    "archive in an archive": lambda: as_zip(member_names()),
    "second folder": lambda: member_names("other/data.pkl", "archive/byteorder"),
    "a header that calls": lambda: TRICKS["no protocol"] + as_legacy(pickle.dumps({}, 2)),
    "keys that call": lambda: as_legacy(pickle.dumps({}, 2))[:-len(pickle.dumps([], 2))] + TRICKS["protocol 1"],
    "safetensors with a tail": lambda: (2).to_bytes(8, "little") + b"{}" + TRICKS["no protocol"],
    "picture": lambda: b"\x89PNG\r\n\x1a\n" + TRICKS["no protocol"],
    "shell script": lambda: f"#!/bin/sh\ntouch {CANARY}\n".encode(),
    "python": lambda: f"import os\nos.system('touch {CANARY}')\n".encode(),
}


class Museum:
    """Listens to the interpreter while a file is opened."""

    def __init__(self) -> None:
        self.active = False
        self.seen: list[str] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.active and (event in _EVENTS or (event == "open" and CANARY in str(arguments[0]))):
            self.seen.append(f"{event} {str(arguments)[:100]}")

    def open(self, path: Path) -> None:
        for read in (read_weights, read_object, read_header):
            self.active = True
            try:
                read(path)
            except ModelFileError as error:
                assert path.name in str(error)
            finally:
                self.active = False
        assert self.seen == []


@pytest.fixture(scope="module")
def museum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Museum]:
    path = tmp_path_factory.mktemp("first") / "file.pt"
    for new_format in (True, False):  # PyTorch imports parts of itself at the first load
        torch.save({"w": torch.ones(1)}, path, _use_new_zipfile_serialization=new_format)
        read_weights(path)
    for contain in CONTAINERS.values():
        for payload in (call("nowhere", "nothing"), TRICKS["persistent anything"]):
            path.write_bytes(contain(payload))
            with pytest.raises(ModelFileError):
                read_weights(path)
    before = set(sys.modules)
    museum = Museum()
    yield museum
    assert not {"antigravity", "joblib", "dill", "pandas.io.pickle", "torch.utils.collect_env"} & (
        set(sys.modules) - before)


@pytest.fixture
def nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    ordered, rebuild = dict(vars(type({}))), torch._utils._rebuild_tensor_v2.__code__
    yield tmp_path
    assert [path.name for path in tmp_path.rglob("*") if path.name != "model.ckpt"] == []
    assert not Path("/tmp", CANARY).exists() and not (tmp_path.parent / CANARY).exists()
    assert dict(vars(type({}))) == ordered and torch._utils._rebuild_tensor_v2.__code__ is rebuild
    assert os.system.__module__ == "posix" or os.name == "nt"


def test_the_guard_would_notice(museum: Museum):
    museum.active = True
    pickle.loads(program(reduced(name("os", "getpid"))))
    museum.active = False
    assert [event.split()[0] for event in museum.seen] == ["pickle.find_class"]
    museum.seen.clear()


def test_the_museum_is_large_enough():
    assert len(TRICKS) + len(FILES) >= 60 and len(CALLS) >= 30


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_gets_anything_to_run(trick: str, museum: Museum, nothing_changes: Path):
    for contain in CONTAINERS.values():
        path = nothing_changes / "model.ckpt"
        path.write_bytes(contain(TRICKS[trick]))
        museum.open(path)


@pytest.mark.parametrize("kind", FILES)
def test_no_container_gets_anything_to_run(kind: str, museum: Museum, nothing_changes: Path):
    path = nothing_changes / "model.ckpt"
    path.write_bytes(FILES[kind]())
    museum.open(path)
