"""Files that carry a model's name and are something else, told apart by their first bytes."""

from __future__ import annotations

from pathlib import Path

from modules.foundation.errors import ModelFileError

_AGAIN = "Download the file again."
_STARTS: tuple[tuple[bytes, str, str], ...] = (
    (b"version https://git-lfs", "a Git LFS pointer, a note that stands for the real file",
     "Run `git lfs pull` in the folder it came from, or download the file itself."),
    (b"<!doctype", "a web page", "Download the model file itself; the site may ask you to log in first."),
    (b"<html", "a web page", "Download the model file itself; the site may ask you to log in first."),
    (b"<?xml", "an XML document, probably a download error", _AGAIN),
    (b"{\"", "a text in JSON, probably a download error or a settings file", _AGAIN),
    (b"\x89png", "a picture", "Move it out of the models folder."),
    (b"\xff\xd8\xff", "a picture", "Move it out of the models folder."),
    (b"riff", "a picture", "Move it out of the models folder."),
    (b"gguf", "a GGUF model", "Use the .safetensors version of this model."),
    (b"7z\xbc\xaf", "an archive", "Unpack it first."),
    (b"rar!", "an archive", "Unpack it first."),
    (b"\x1f\x8b", "an archive", "Unpack it first."),
)


def explain_impostor(name: str, start: bytes) -> ModelFileError | None:
    """Say what a file is that starts with ``start``, when it is a well-known kind of not-a-model."""
    if not start:
        return ModelFileError(f"{name} is empty.", remedy=_AGAIN)
    if not start.strip(b"\0"):
        return ModelFileError(f"{name} starts with nothing but zeros: a download that was never filled in.",
                              remedy=_AGAIN)
    text = start.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    for beginning, kind, remedy in _STARTS:
        if text.startswith(beginning):
            return ModelFileError(f"{name} is {kind}, not a model.", remedy=remedy)
    return None


def explain_unreadable(path: Path, error: OSError) -> ModelFileError:
    """Turn a failure of the file system into one about this model file."""
    if isinstance(error, FileNotFoundError):
        return ModelFileError(f"{path.name} is not in {path.parent} any more.",
                              remedy="Put it back, or refresh the list and choose another.")
    return ModelFileError(f"{path.name} could not be read: {error.strerror or error}.",
                          remedy="Check the file's permissions and that its drive is connected.")
