"""Pictures as programs send them: base64, a data address, or a web address where that is allowed."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace

from modules.api.pictures.fetching import FetchRules, fetch
from modules.artefacts.picture_store import PictureStore
from modules.foundation.errors import InvalidRequestError
from modules.imaging.reading import MAX_BYTES
from modules.settings.sections.api import ApiSettings
from modules.settings.store import SettingsStore

_DATA_URL = re.compile(r"data:(image/[\w.+-]{1,40}|application/octet-stream)?;base64,", re.IGNORECASE)
WEB = ("http://", "https://")
_WHITESPACE = re.compile(r"\s+")


class PictureIntake:
    """Turns what a request carries into pictures that are kept. Blocks: call it on a worker thread."""

    def __init__(self, store: PictureStore, settings: SettingsStore, rules: FetchRules | None = None) -> None:
        self.store = store
        self._settings = settings
        self._rules = rules or FetchRules(MAX_BYTES)

    def keep(self, text: str, field: str) -> str:
        """Return the id under which a picture is kept.

        Raises: InvalidRequestError naming ``field`` for what is no picture, is too large or may not be fetched.
        """
        return self.store.keep(self.read(text, field), field=field)

    def read(self, text: str, field: str) -> bytes:
        """Return a picture's file as it came. Raises: as ``keep``."""
        if text[:8].lower().startswith(WEB):
            settings = self._settings.current.api
            if not settings.api_enable_requests:
                raise InvalidRequestError(field, "Requests not allowed: this server does not fetch pictures.",
                                          remedy="Send the picture itself, or allow it in Settings > API.")
            return fetch(text, field, self.rules(settings))
        return decode(text, field)

    def rules(self, settings: ApiSettings) -> FetchRules:
        """Return how fetching is allowed by the settings in force."""
        return replace(self._rules, user_agent=settings.api_useragent,
                       allow_local=self._rules.allow_local or not settings.api_forbid_local_requests)


def decode(text: str, field: str) -> bytes:
    """Read base64, with or without ``data:image/…;base64,`` before it. Raises: InvalidRequestError."""
    head = _DATA_URL.match(text[:100])
    if head is None and text[:5].lower() == "data:":
        raise _unreadable(field)
    encoded = text[head.end():] if head else text
    if len(encoded) * 3 // 4 > MAX_BYTES + MAX_BYTES // 8:
        raise InvalidRequestError(field, f"This picture has about {len(encoded) * 3 / 4 / 2**20:.0f} MB; "
                                         f"at most {MAX_BYTES / 2**20:.0f} MB are read.",
                                  remedy="Make the picture smaller or save it with stronger compression.")
    try:
        return base64.b64decode(_WHITESPACE.sub("", encoded), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unreadable(field) from error


def encode(data: bytes) -> str:
    """Return base64 without anything before it, as A1111's API gives pictures."""
    return base64.b64encode(data).decode("ascii")


def _unreadable(field: str) -> InvalidRequestError:
    return InvalidRequestError(field, "Invalid encoded image: expected base64 or data:image/png;base64,…")
