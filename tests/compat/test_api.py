"""Scripts through the HTTP API, as programs written for A1111 use them."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

QUICK = {"prompt": "a cat|a dog", "steps": 1, "width": 64, "height": 64, "seed": 1000, "sampler_name": "Euler"}


@pytest.fixture(scope="module")
def client(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A program on this computer, talking to a server without a page."""
    from modules.application.program import build_program
    from modules.application.server import build_app, running_services
    from modules.settings.flags import parse_launch_flags

    folder = tmp_path_factory.mktemp("server")
    script = folder / "extensions" / "signing" / "scripts" / "signing.py"
    script.parent.mkdir(parents=True)
    script.write_text(
        "from modules import scripts\nimport gradio as gr\n"
        "class Signing(scripts.Script):\n"
        "    def title(self): return 'Signing'\n"
        "    def show(self, is_img2img): return scripts.AlwaysVisible\n"
        "    def ui(self, is_img2img): return [gr.Textbox('nobody', label='Name'), gr.Checkbox(False, label='On'),\n"
        "                                      gr.State({1, 2})]\n"
        "    def process(self, p, name, on, odd):\n"
        "        if on: p.extra_generation_params['Signed'] = name\n")
    git = folder / "extensions" / "signing" / ".git"
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main")
    (git / "config").write_text('[remote "origin"]\nurl = https://example.com/signing\n')
    flags = parse_launch_flags(["--data-dir", str(folder), "--models-dir", str(tiny_models), "--nowebui"])
    program = build_program(flags)
    program.settings.update({"sd_model_checkpoint": "tiny-sd1.safetensors", "randn_source": "CPU"})
    with running_services(program) as services, TestClient(
            build_app(program, services), base_url="http://127.0.0.1:7861", client=("127.0.0.1", 50000)) as client:
        yield client


def test_extensions_from_repositories_are_listed(client):
    [told] = client.get("/sdapi/v1/extensions").json()
    assert (told["name"], told["remote"], told["branch"], told["enabled"]) == (
        "signing", "https://example.com/signing", "main", True)


def post(client: TestClient, route: str = "txt2img", **fields) -> dict:
    answer = client.post(f"/sdapi/v1/{route}", json={**QUICK, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


def sizes(answer: dict) -> list[tuple[int, int]]:
    return [Image.open(io.BytesIO(base64.b64decode(data))).size for data in answer["images"]]


def test_scripts_are_listed_with_their_controls(client):
    names = client.get("/sdapi/v1/scripts").json()
    assert {"prompt matrix", "x/y/z plot", "signing"} <= set(names["txt2img"])
    assert {"sd upscale", "loopback", "outpainting mk2", "poor man's outpainting"} <= set(names["img2img"])
    about = {(one["name"], one["is_img2img"]): one for one in client.get("/sdapi/v1/script-info").json()}
    assert [one["label"] for one in about["signing", False]["args"]] == ["Name", "On", ""]
    assert [one["value"] for one in about["signing", False]["args"]] == ["nobody", False, None]
    assert about["signing", False]["is_alwayson"] and not about["x/y/z plot", True]["is_alwayson"]
    assert len(about["x/y/z plot", False]["args"]) == 18


def test_a_grid_of_three_axes(client):
    answer = post(client, script_name="X/Y/Z plot", prompt="a cat", script_args=[
        1, "1,2", [], 4, "1,2", [], 0, "", [], True, True, False, False, False, False, False, 0, False])
    info = json.loads(answer["info"])
    assert len(answer["images"]) == 5 and info["index_of_first_image"] == 1
    assert info["all_seeds"] == [1, 2, 1, 2]
    assert "Script: X/Y/Z plot" in info["infotexts"][0]


def test_short_arguments_are_filled_with_defaults(client):
    answer = post(client, script_name="prompt matrix", script_args=[])
    info = json.loads(answer["info"])
    assert info["all_prompts"] == ["a cat", "a cat, a dog"]
    assert len(answer["images"]) == 3


def test_pictures_are_enlarged_by_a_script(client):
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(buffer, "PNG")
    picture = base64.b64encode(buffer.getvalue()).decode()
    answer = post(client, "img2img", init_images=[picture], denoising_strength=0.3, script_name="sd upscale",
                  script_args=["", 8, "Lanczos", 2.0])
    assert sizes(answer) == [(128, 128)]


@pytest.mark.parametrize(("args", "signed"), [(["me", True], "Signed: me"), ([], ""), (["me"], "")])
def test_scripts_that_are_always_on_take_their_values(client, args, signed):
    answer = post(client, alwayson_scripts={"SIGNING": {"args": args}})
    infotext = json.loads(answer["info"])["infotexts"][0]
    assert signed in infotext and ("Signed" in infotext) == bool(signed)


@pytest.mark.parametrize(("fields", "words"), [
    ({"script_name": "no such"}, "Script 'no such' not found"),
    ({"alwayson_scripts": {"no such": {"args": []}}}, "Script 'no such' not found"),
    ({"alwayson_scripts": {"prompt matrix": {"args": []}}}, "Cannot have a selectable script"),
    ({"script_name": "prompt matrix", "script_args": [1] * 40}, "takes 5 values"),
])
def test_scripts_that_cannot_be_used_are_refused(client, fields, words):
    answer = client.post("/sdapi/v1/txt2img", json={**QUICK, **fields})
    assert answer.status_code == 422 and words in answer.text


def test_our_own_jobs_take_scripts_too(client):
    job = client.post("/jobs", json={"request": {"prompt": "a", "steps": 1, "width": 64, "height": 64, "seed": 5,
                                                 "alwayson_scripts": {"Signing": ["me", True]}}}).json()
    with client.stream("GET", f"/jobs/{job['id']}/events") as stream:
        text = "".join(stream.iter_text())
    assert "Signed: me" in text


@pytest.mark.parametrize(("args", "said"), [
    ([4, "abc"], "'abc' is not a whole number"), ([4, ""], "there is no value"), ([999, "1"], "There is no axis")])
def test_values_that_make_no_grid_are_refused(client, args, said):
    answer = client.post("/sdapi/v1/txt2img", json={**QUICK, "script_name": "X/Y/Z plot", "script_args": args})
    assert answer.status_code == 422
    assert answer.json()["error"] == "InvalidRequestError" and said in answer.json()["detail"]
