"""The page of one grid: live beside the job, or whole in one file that needs no server."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from PIL import Image

from modules.plugins.grids.cells import Cell, CellStore
from modules.plugins.grids.record import GridCell, GridRecord

ASSETS = Path(__file__).parent / "assets"
QUALITY = 90


def live_page(stamp: str) -> str:
    """Return the page that follows a grid; ``stamp`` changes when an asset does."""
    style = (f'<link rel="icon" href="../assets/icon.svg?{stamp}" type="image/svg+xml">'
             f'<link rel="stylesheet" href="../assets/grid.css?{stamp}">')
    return _page(style, f'<script src="../assets/grid.js?{stamp}"></script>')


def saved_page(record: GridRecord, store: CellStore, side_px: int) -> Iterator[str]:
    """Yield the page with everything in it, picture by picture; ``side_px`` is their largest side, 0: as they are."""
    kept = [(cell, store.find(cell.key) if cell.key else None) for cell in record.cells]
    before, after = _page(f"<style>{_asset('grid.css')}</style>",
                          f'<script type="application/json" id="grid-data"><!--data--></script>'
                          f"<script>{_asset('grid.js')}</script>").split("<!--data-->")
    cells = [_describe(cell, found) for cell, found in kept if found is not None or cell.state == "failed"]
    sheet = _safe_json({**asdict(record.sheet), "stamp": ""})
    yield f'{before}{{"sheet": {sheet}, "cells": {_safe_json(cells)}, "pictures": {{'
    separator = ""
    for key, found in {cell.key: found for cell, found in kept if found is not None}.items():
        yield f'{separator}"{key}": "{picture_address(found, side_px)}"'
        separator = ",\n"
    yield f"}}}}{after}"


def shrink(image: Image.Image, side_px: int) -> bytes:
    """Return a picture as WebP, its larger side at most so long."""
    image.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    image.save(written, "WEBP", quality=QUALITY)
    return written.getvalue()


def picture_address(cell: Cell, side_px: int) -> str:
    """Return the picture of a cell as a data address."""
    if side_px:
        return f"data:image/webp;base64,{base64.b64encode(shrink(cell.open(), side_px)).decode()}"
    return f"data:image/png;base64,{base64.b64encode(cell.path.read_bytes()).decode()}"


def _describe(cell: GridCell, found: Cell | None) -> dict[str, object]:
    return {**asdict(cell), "infotext": found.facts.infotext if found else ""}


def _page(style: str, script: str) -> str:
    return _asset("grid.html").replace("<!--style-->", style).replace("<!--script-->", script)


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _safe_json(value: object) -> str:
    """Write JSON that cannot end the script it stands in."""
    return json.dumps(value).replace("<", "\\u003c")
