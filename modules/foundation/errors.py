"""The one error tree. Every error a person can cause says what happened, what was expected, what to do."""

from __future__ import annotations


class WebUIError(Exception):
    """Something a person can understand and act on.

    The message is one or two plain sentences: what happened and what was expected. ``remedy`` says
    what to do about it and is shown on a line of its own.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class InvalidRequestError(WebUIError):
    """A value somebody asked for cannot be used; ``field`` names it as the API does."""

    def __init__(self, field: str, message: str, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.field = field


class NotFoundError(WebUIError):
    """Something was named (a checkpoint, a sampler, a job) that is not there."""


class ModelFileError(WebUIError):
    """A model file is broken, unsafe, or not what its place says it is."""


class UnsupportedModelError(ModelFileError):
    """A readable model file whose architecture no family recognises."""


class OutputError(WebUIError):
    """A finished picture could not be written (disk full, folder read-only or gone)."""


class OutOfMemoryError(WebUIError):
    """The device ran out of memory, and the ways to need less were tried."""


class InvalidPictureError(WebUIError):
    """The model produced numbers that are not a picture (NaN or infinity)."""


class PluginError(WebUIError):
    """A plugin that makes the pictures itself let an exception out."""


class NotAllowedError(WebUIError):
    """Something that only who sits at the computer may do."""


class ConfigurationError(WebUIError):
    """A launch flag or settings file asks for something impossible."""
