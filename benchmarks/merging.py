"""Merging three checkpoints: how much memory it takes, and how long beside reading and writing the bytes.

    python -m benchmarks.merging [--megabytes 300] [--method "Add difference"] [--dtype float16]

Each file has many tensors of 4 MB; memory is what the process takes more than before (a file of SDXL's size has one
tensor of 126 MB in 16 bits, and takes about half a gigabyte).
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import torch
from safetensors.torch import save_file

from modules.catalog.catalog import Catalog, ModelFolders
from modules.training.merging.merge import MergeWatch, run_merge
from modules.training.merging.plan import plan_merge
from modules.training.merging.request import METHODS, MergeRequest
from modules.weights.hash_cache import HashCache

TENSOR_BYTES = 4 * 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=300, help="of each of the three files")
    parser.add_argument("--method", choices=METHODS, default=METHODS[-1])
    parser.add_argument("--dtype", choices=("float16", "bfloat16", "float32"), default="float16")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, letter in enumerate("abc"):
            save_file(make_tensors(options.megabytes, getattr(torch, options.dtype), number),
                      folder / f"{letter}.safetensors")
        catalog = Catalog(ModelFolders((folder,)), HashCache(folder / "hashes.json"))
        catalog.refresh()
        plan = plan_merge(MergeRequest("a", "b", "c", options.method, add_recipe=False), catalog)
        begin = time.perf_counter()
        with peak_memory() as peak:
            run_merge(plan, catalog, folder, MergeWatch())
        merging_s = time.perf_counter() - begin
        begin = time.perf_counter()
        for letter in "abc"[:len(plan.models)]:
            shutil.copyfile(folder / f"{letter}.safetensors", folder / "copy")
        print(f"{len(plan.models)} files of {options.megabytes} MB: {peak[0] / 2**20:.0f} MB more memory, "
              f"{merging_s:.1f} s (copying the files: {time.perf_counter() - begin:.1f} s)")


def make_tensors(megabytes: int, dtype: torch.dtype, number: int) -> dict[str, torch.Tensor]:
    count = max(megabytes * 2**20 // TENSOR_BYTES, 1)
    return {f"model.{index}": torch.full((TENSOR_BYTES // dtype.itemsize // 1024, 1024), 0.1 * number + index / count,
                                         dtype=dtype) for index in range(count)}


@contextmanager
def peak_memory() -> Iterator[list[int]]:
    """Watch how much more memory the process takes than at the beginning. Units: bytes."""
    process, stop = psutil.Process(), threading.Event()
    before, peak = process.memory_info().rss, [0]

    def watch() -> None:
        while not stop.wait(0.002):
            peak[0] = max(peak[0], process.memory_info().rss - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        stop.set()
        watcher.join()


if __name__ == "__main__":
    main()
