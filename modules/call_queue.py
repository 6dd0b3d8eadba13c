"""A1111's ``modules.call_queue``: one at a time for whatever uses the model.

Names: queue_lock, wrap_gradio_call, wrap_gradio_call_no_job, wrap_gradio_gpu_call, wrap_queued_call.
"""

from modules.compat.queueing import (
    queue_lock,
    wrap_gradio_call,
    wrap_gradio_call_no_job,
    wrap_gradio_gpu_call,
    wrap_queued_call,
)

__all__ = ["queue_lock", "wrap_gradio_call", "wrap_gradio_call_no_job", "wrap_gradio_gpu_call", "wrap_queued_call"]
