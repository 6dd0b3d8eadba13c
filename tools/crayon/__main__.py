"""Train, look at, evaluate and export the default model: `python -m tools.crayon --help`."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

CHECKPOINT = Path("models/Stable-diffusion/crayon-v1.safetensors")


def main() -> None:
    """Parse the command line and run one command."""
    options = _parser().parse_args()
    torch.set_num_threads(options.threads or torch.get_num_threads())
    options.run(options)


def draw(options: argparse.Namespace) -> None:
    """Save a sheet of rendered scenes and print their captions."""
    from tools.crayon.captions import caption
    from tools.crayon.pictures import save_grid
    from tools.crayon.renderer import render
    from tools.crayon.scene import draw_scene

    scenes = [draw_scene(seed) for seed in range(options.seed, options.seed + options.number)]
    save_grid(options.out, np.stack([np.asarray(render(scene, options.extent)) for scene in scenes]))
    for scene in scenes:
        print(caption(scene))


def train(options: argparse.Namespace) -> None:
    """Train text encoder, decoder and U-Net in turn; what is already done is taken up where it stopped."""
    from tools.crayon.decoder import DecoderPlan, load_autoencoder, train_decoder
    from tools.crayon.denoiser import DenoiserPlan, train_denoiser
    from tools.crayon.lessons import gather_lessons
    from tools.crayon.network import IDLE_BLOCKS
    from tools.crayon.pictures import load_pictures
    from tools.crayon.text_encoder import TextPlan, load_text_encoder, train_text_encoder

    folder, device, compiled = options.folder, options.device, not options.eager
    if not (folder / "text.safetensors").exists():
        train_text_encoder(folder, TextPlan(steps=options.text_steps, device=device))
    pictures = load_pictures(folder, options.pictures, options.extent)
    idle = () if options.all_blocks else IDLE_BLOCKS
    decoder_plan = DecoderPlan(minutes=options.decoder_minutes, idle_blocks=idle, device=device, compiled=compiled)
    train_decoder(pictures, folder, decoder_plan)
    lessons = gather_lessons(folder, options.scenes, options.extent)
    plan = DenoiserPlan(
        minutes=options.minutes,
        steps=options.steps,
        batch=options.batch,
        device=device,
        compiled=compiled,
        lean=not options.all_blocks,
    )
    train_denoiser(lessons, (load_autoencoder(folder), load_text_encoder(folder)), folder, plan)


def export(options: argparse.Namespace) -> None:
    """Write the run's averaged weights as one checkpoint."""
    from tools.crayon.export import export_run

    export_run(options.folder, options.checkpoint, options.extent)
    print(f"{options.checkpoint}: {options.checkpoint.stat().st_size} bytes")


def sample(options: argparse.Namespace) -> None:
    """Draw captions with the checkpoint and save them side by side."""
    from tools.crayon.export import read_checkpoint
    from tools.crayon.pictures import save_grid, to_pixels

    painter = read_checkpoint(options.checkpoint)
    seeds = [options.seed + number for number in range(len(options.captions))]
    painted = painter.paint(options.captions, seeds, options.sampling_steps, options.cfg, options.negative)
    save_grid(options.out, to_pixels(painted), options.columns)


def evaluate(options: argparse.Namespace) -> None:
    """Print the table of scores on held-out captions."""
    from tools.crayon.evaluation import evaluate as table
    from tools.crayon.export import read_checkpoint

    painter = read_checkpoint(options.checkpoint)
    print(table(painter, options.folder, options.number, options.sampling_steps, options.cfg))


def networks(options: argparse.Namespace) -> None:
    """Make an embedding, a hypernetwork and a LoRA for the checkpoint, and save them where they are looked for."""
    from tools.crayon.export import read_checkpoint
    from tools.crayon.networks import (
        EMBEDDING,
        HYPERNETWORK,
        LORA,
        Schooling,
        train_hypernetwork,
        train_lora,
        write_embedding,
    )

    plan = Schooling(steps=options.steps)
    folders = options.models / "hypernetworks", options.models / "Lora"
    for folder in (options.embeddings, *folders):
        folder.mkdir(parents=True, exist_ok=True)
    painter = read_checkpoint(options.checkpoint)
    write_embedding(painter, options.embeddings / f"{EMBEDDING}.safetensors")
    train_hypernetwork(painter, folders[0] / f"{HYPERNETWORK}.safetensors", plan=plan)
    train_lora(painter, folders[1] / f"{LORA}.safetensors", plan=plan)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.crayon", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("outputs/crayon-run"), help="where a run keeps its files")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (default: torch's choice)")
    commands = parser.add_subparsers(required=True)
    for command, fill in ((draw, _fill_draw), (train, _fill_train), (export, _fill_export), (sample, _fill_sample),
                          (evaluate, _fill_evaluate), (networks, _fill_networks)):  # fmt: skip
        part = commands.add_parser(command.__name__, help=command.__doc__, description=command.__doc__)
        part.set_defaults(run=command)
        fill(part)
    return parser


def _fill_draw(part: argparse.ArgumentParser) -> None:
    part.add_argument("--out", type=Path, default=Path("crayon-scenes.png"))
    part.add_argument("--number", type=int, default=64)
    part.add_argument("--seed", type=int, default=0)
    part.add_argument("--extent", type=int, default=128, help="pixels per side")


def _fill_train(part: argparse.ArgumentParser) -> None:
    part.add_argument("--minutes", type=float, default=60, help="time for the U-Net, earlier runs counted in")
    part.add_argument("--steps", type=int, default=1_000_000, help="steps of the U-Net at most")
    part.add_argument("--batch", type=int, default=32)
    part.add_argument("--decoder-minutes", type=float, default=25)
    part.add_argument("--text-steps", type=int, default=700)
    part.add_argument("--pictures", type=int, default=12_000, help="pictures for the decoder")
    part.add_argument("--scenes", type=int, default=30_000, help="captioned scenes for the U-Net")
    part.add_argument("--extent", type=int, default=128, help="pixels per side")
    part.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    part.add_argument("--eager", action="store_true", help="do not compile the networks")
    part.add_argument("--all-blocks", action="store_true", help="train the idle blocks too (on a GPU)")


def _fill_networks(part: argparse.ArgumentParser) -> None:
    part.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    part.add_argument("--models", type=Path, default=Path("models"))
    part.add_argument("--embeddings", type=Path, default=Path("embeddings"))
    part.add_argument("--steps", type=int, default=200)


def _fill_export(part: argparse.ArgumentParser) -> None:
    part.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    part.add_argument("--extent", type=int, default=128, help="native pixels per side, for the metadata")


def _fill_sample(part: argparse.ArgumentParser) -> None:
    part.add_argument("captions", nargs="+")
    part.add_argument("--out", type=Path, default=Path("crayon-samples.png"))
    part.add_argument("--negative", default="")
    part.add_argument("--seed", type=int, default=1)
    part.add_argument("--columns", type=int, default=4)
    _fill_sampling(part)


def _fill_evaluate(part: argparse.ArgumentParser) -> None:
    part.add_argument("--number", type=int, default=200)
    _fill_sampling(part)


def _fill_sampling(part: argparse.ArgumentParser) -> None:
    part.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    part.add_argument("--sampling-steps", type=int, default=20)
    part.add_argument("--cfg", type=float, default=5.0)


if __name__ == "__main__":
    main()
