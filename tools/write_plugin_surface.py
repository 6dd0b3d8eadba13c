"""Write docs/plugin-surface.md from the table in modules/compat/surface.json."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from modules.compat.surface import describe

    (ROOT / "docs" / "plugin-surface.md").write_text(describe(), encoding="utf-8")


if __name__ == "__main__":
    main()
