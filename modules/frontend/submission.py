"""Generate: from the values of a form's controls to jobs, which the page's scripts then watch by their ids."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from modules.extras.request import ExtrasRequest
from modules.foundation.errors import InvalidRequestError, WebUIError
from modules.frontend.form import Form
from modules.generation.request import GenerationRequest
from modules.jobs.job import Job
from modules.training.merging.request import MergeRequest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """A request, or why there is none; one of several has a title."""

    request: GenerationRequest | ExtrasRequest | MergeRequest | WebUIError
    title: str = ""


ReadRequests = Callable[[Mapping[str, Any], Mapping[str, Any]], Iterable[Wanted]]
"""From the values of the controls and what only the page's scripts know (the situation) to requests."""


def wire_generate(form: Form, button: gr.Button, read_requests: ReadRequests,
                  hand_in: Callable[..., Job] | None = None) -> None:
    """Submit what the form asks for when ``button`` is pressed; ``hand_in`` takes it, or else the generation service.

    ``webui.jobs.starting`` says who asks, ``webui.situation`` what the controls do not hold: pictures, painted
    masks, which of several tabs is open.
    """
    client = gr.Textbox(visible="hidden", elem_id=f"{button.elem_id}_client")
    situation = gr.Textbox(visible="hidden", elem_id=f"{button.elem_id}_situation")
    submitted = gr.Textbox(visible="hidden", elem_id=f"{button.elem_id}_submitted")

    hand_in = hand_in or form.services.generation.submit

    def submit(client_id: str, situation_text: str, *values: Any) -> str:
        try:
            own = len(form.controls.components)
            wanted = read_requests(form.controls.named(values[:own]), read_situation(situation_text))
            return json.dumps(_answer(_submit_all(hand_in, _with_scripts(form, wanted, values[own:]), client_id)))
        except WebUIError as error:
            return json.dumps(problem(error))
        except Exception:
            logger.exception("Generate on the tab %s failed.", form.tab)
            return json.dumps(problem(WebUIError("Something went wrong inside the program.",
                                                 remedy="The log tells more; please report it.")))

    tab = form.tab
    button.click(
        submit, [client, situation, *form.controls.components, *form.scripts.components], submitted,
        api_visibility="private", queue=False, show_progress="hidden",
        js=f"async (_, __, ...values) => [webui.jobs.starting('{tab}'), await webui.situation('{button.elem_id}'), "
           "...values]",
    ).then(None, submitted, None, js=f"(text) => {{ webui.jobs.started('{tab}', text); }}", api_visibility="private")


def read_situation(text: str) -> dict[str, Any]:
    """Read what the page's scripts say. Raises: InvalidRequestError, also for what went wrong on the page."""
    try:
        situation = json.loads(text or "{}")
    except (ValueError, RecursionError):
        situation = None
    if not isinstance(situation, dict):
        raise InvalidRequestError("situation", "The page sent something that cannot be read.",
                                  remedy="Load the page again.")
    if situation.get("error"):
        raise InvalidRequestError("image", str(situation["error"])[:500], remedy=str(situation.get("remedy", ""))[:500])
    return situation


def _with_scripts(form: Form, wanted: Iterable[Wanted], values: Sequence[Any]) -> Iterator[Wanted]:
    """Add what the controls of scripts say to every request for pictures. Raises: InvalidRequestError."""
    for one in wanted:
        request = one.request
        yield replace(one, request=form.scripts.apply(request, values)) if isinstance(
            request, GenerationRequest) else one


def _submit_all(hand_in: Callable[..., Job], wanted: Iterable[Wanted], client_id: str) -> Iterator[dict[str, str]]:
    for one in wanted:
        try:
            if isinstance(one.request, WebUIError):
                raise one.request
            job = hand_in(one.request, client=client_id)
            yield {"job": job.id, "title": one.title}
        except WebUIError as error:
            yield {**problem(error), "title": one.title}


def _answer(outcomes: Iterable[dict[str, str]]) -> dict[str, Any]:
    """What was submitted, and what could not be. Where nothing was, that is the problem."""
    listed = list(outcomes)
    jobs = [one for one in listed if "job" in one]
    failed = [one for one in listed if "error" in one]
    if not jobs and failed:
        return failed[0] if len(failed) == 1 else {"error": " ".join(_named(one) for one in failed), "remedy": ""}
    return {"jobs": jobs, "failed": failed}


def _named(failed: dict[str, str]) -> str:
    return f"{failed['title']}: {failed['error']}" if failed["title"] else failed["error"]


def problem(error: WebUIError) -> dict[str, str]:
    """What the page's scripts show of an error."""
    return {"error": error.message, "remedy": error.remedy}
