"""The HTTP API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.settings.option import option


@dataclass(frozen=True)
class ApiSettings:
    """What programs may ask for. Only the page may change these."""

    title: ClassVar[str] = "API"

    api_enable_requests: bool = option(False, "Fetch pictures that programs name by http address")
    api_forbid_local_requests: bool = option(True, "Never from this computer or the local network")
    api_useragent: str = option("", "Name to give when fetching pictures")
