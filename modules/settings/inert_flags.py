"""A1111's launch flags that have nothing to act on here: accepted, so that old launch scripts start."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class InertFlags:
    """Flags that share one reason for doing nothing. ``takes_value``: each is followed by one word."""

    reason: str
    names: tuple[str, ...]
    takes_value: bool = False


INERT_FLAGS = (
    InertFlags("PyTorch's own attention is used, which is at least as fast and needs as little memory", (
        "--opt-split-attention", "--opt-split-attention-v1", "--opt-split-attention-invokeai",
        "--opt-sub-quad-attention", "--disable-opt-split-attention", "--xformers-flash-attention")),
    InertFlags("PyTorch's own attention is used, which chooses its chunks itself", (
        "--sub-quad-q-chunk-size", "--sub-quad-kv-chunk-size", "--sub-quad-chunk-threshold"), True),
    InertFlags("use --xformers", ("--force-enable-xformers",)),
    InertFlags("sampling is always done in 32 bits", ("--upcast-sampling",)),
    InertFlags("the fastest memory layout is chosen for the device", ("--opt-channelslast",)),
    InertFlags("weights are read straight from the file, without a second copy in memory", (
        "--lowram", "--disable-model-loading-ram-optimization")),
    InertFlags("a result that is not a picture is always reported", ("--disable-nan-check",)),
    InertFlags("this device is not supported yet", ("--use-ipex",)),
    InertFlags("model files are always opened safely, and real old ones load that way", (
        "--disable-safe-unpickle",)),
    InertFlags("the architecture is read off the model file", ("--config",), True),
    InertFlags("nothing is downloaded at start", (
        "--do-not-download-clip", "--no-download-sd-model", "--update-check", "--update-all-extensions")),
    InertFlags("nothing reads files of this kind", ("--clip-models-path", "--ldsr-models-path"), True),
    InertFlags("use --gfpgan-models-path with the folder of this file", ("--gfpgan-model",), True),
    InertFlags("only the folder of that name beside webui.py is used so far", (
        "--textual-inversion-templates-dir", "--localizations-dir"), True),
    InertFlags("only the file in the data folder is used so far", ("--ui-config-file", "--styles-file"), True),
    InertFlags("tunnels are not built in; forward the port with ssh or a reverse proxy", (
        "--ngrok", "--ngrok-region", "--ngrok-options"), True),
    InertFlags("pictures are served one by one, never a whole folder", ("--gradio-allowed-path",), True),
    InertFlags("jobs always wait in the queue", ("--gradio-queue", "--no-gradio-queue")),
    InertFlags("see the log", ("--gradio-debug", "--ui-debug-mode", "--log-startup")),
    InertFlags("see the log", ("--loglevel",), True),
    InertFlags("use --doctor", ("--dump-sysinfo", "--test-server")),
    InertFlags("stop the server where it was started", ("--add-stop-route",)),
    InertFlags("it makes no outgoing connections", ("--disable-tls-verify",), True),
    InertFlags("the server decides", ("--timeout-keep-alive",), True),
    InertFlags("the seed box takes whole numbers of any length", ("--use-textbox-seed",)),
    InertFlags("locking the settings is not supported yet: anyone who can log in may change them", (
        "--hide-ui-dir-config", "--freeze-settings")),
    InertFlags("locking the settings is not supported yet: anyone who can log in may change them", (
        "--freeze-settings-in-sections", "--freeze-specific-settings"), True),
    InertFlags("progress is shown in the page", (
        "--no-progressbar-hiding", "--disable-console-progressbars", "--enable-console-prompts")),
    InertFlags("every picture carries its own settings", ("--no-prompt-history",)),
    InertFlags("file names are kept valid on every system", ("--unix-filenames-sanitization",)),
    InertFlags("file names are kept as short as the file system needs", ("--filenames-max-length",), True),
    InertFlags("it is not needed", (
        "--administrator", "-f", "--skip-python-version-check", "--skip-torch-cuda-test",
        "--skip-version-check", "--skip-prepare-environment", "--reinstall-xformers")),
    InertFlags("it had none in AUTOMATIC1111's either", (
        "--always-batch-cond-uncond", "--unload-gfpgan", "--deepdanbooru", "--show-negative-prompt")),
    InertFlags("it had none in AUTOMATIC1111's either", (
        "--max-batch-count", "--gradio-img2img-tool", "--gradio-inpaint-tool"), True),
)
