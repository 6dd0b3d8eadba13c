"""Train, export and evaluate the upscaler that ships: ``python -m tools.crayon_upscaler --help``."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

SHIPPED = Path("models/ESRGAN/crayon-4x.safetensors")


def main() -> None:
    """Parse the command line and run one command."""
    options = _parser().parse_args()
    options.run(options)


def train(options: argparse.Namespace) -> None:
    """Train the network."""
    from tools.crayon_upscaler.training import TrainingPlan
    from tools.crayon_upscaler.training import train as train_network

    train_network(options.folder, TrainingPlan(options.minutes, options.scenes))


def export(options: argparse.Namespace) -> None:
    """Copy the run's weights to where the web UI finds them."""
    options.file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(options.folder / "network.safetensors", options.file)
    print(f"{options.file}: {options.file.stat().st_size} bytes")


def evaluate(options: argparse.Namespace) -> None:
    """Print the table of the README, measured on scenes the network never saw."""
    from tools.crayon_upscaler.evaluation import evaluate as table

    print(table(options.file, options.number, options.extent, options.sheet))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.crayon_upscaler", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("outputs/crayon-upscaler-run"),
                        help="where a run keeps its files")
    commands = parser.add_subparsers(required=True)
    for command in (train, export, evaluate):
        part = commands.add_parser(command.__name__, help=command.__doc__, description=command.__doc__)
        part.set_defaults(run=command)
        if command is train:
            part.add_argument("--minutes", type=float, default=15.0, help="processor time")
            part.add_argument("--scenes", type=int, default=360)
        else:
            part.add_argument("--file", type=Path, default=SHIPPED)
        if command is evaluate:
            part.add_argument("--number", type=int, default=60, help="scenes")
            part.add_argument("--extent", type=int, default=512, help="pixels per side of the true pictures")
            part.add_argument("--sheet", type=Path, help="save some of the pictures side by side here")
    return parser


if __name__ == "__main__":
    main()
