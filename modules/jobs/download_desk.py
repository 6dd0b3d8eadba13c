"""Fetching well-known files because somebody pressed a button, beside the queue of pictures and one at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import InvalidRequestError, NotFoundError, WebUIError
from modules.foundation.files import require_space
from modules.hubs.access import Access
from modules.hubs.download import Offer, Parcel
from modules.hubs.fetching import FetchCancelledError, fetch_file, part_of

_CLOSE_WITHIN_S = 2.0


class DownloadState(str, Enum):
    """Where a download is; a value is the word that goes into JSON."""

    OFFERED = "offered"
    WAITING = "waiting"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def under_way(self) -> bool:
        return self in (DownloadState.WAITING, DownloadState.RUNNING, DownloadState.STOPPING)


logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DownloadView:
    """How far a download is, at one moment."""

    offer: Offer
    state: DownloadState = DownloadState.OFFERED
    done_bytes: int = 0
    failure: WebUIError | None = None


@dataclass
class _Errand:
    offer: Offer
    state: DownloadState = DownloadState.WAITING
    done_bytes: int = 0
    failure: WebUIError | None = None
    cancellation: Cancellation = field(default_factory=Cancellation)

    def view(self) -> DownloadView:
        return DownloadView(self.offer, self.state, self.done_bytes, self.failure)


class DownloadDesk:
    """Takes orders for files: for what it offers by its label, and for anything else. Safe to use from any thread.

    Nothing is contacted before ``start`` or ``order``. ``on_arrival`` is called when all files of an order are in
    their folders.
    """

    def __init__(self, access: Access, offers: Callable[[], Sequence[Offer]], on_arrival: Callable[[], None]) -> None:
        self._access, self._offers, self._on_arrival = access, offers, on_arrival
        self._lock = threading.Lock()
        self._errands: dict[str, _Errand] = {}
        self._worker: threading.Thread | None = None

    def views(self) -> list[DownloadView]:
        """List what can be fetched, is being fetched, or was fetched since the program started."""
        with self._lock:
            orders = [errand.view() for errand in self._errands.values()]
        offers = {offer.label: offer for offer in self._offers()}  # later: what is done must not be offered again
        views = {label: DownloadView(offer) for label, offer in offers.items()}
        for view in orders:
            label, offered = view.offer.label, offers.get(view.offer.label)
            if view.state.under_way or (not offered and (view.state is DownloadState.DONE or _missing(view.offer))):
                views[label] = view
            elif offered and view.state is not DownloadState.DONE:
                views[label] = replace(view, offer=offered)
        return list(views.values())

    def start(self, label: str) -> None:
        """Fetch the files that ``label`` lacks; while that is under way, asking again changes nothing.

        Raises: NotFoundError where nothing of that name is to be had.
        """
        offered = next((offer for offer in self._offers() if offer.label == label), None)
        with self._lock:
            known = self._errands.get(label)
        offer = offered or (known.offer if known and (known.state.under_way or _missing(known.offer)) else None)
        if offer is None:
            raise NotFoundError(f"There is nothing to download for {label[:80]}.",
                                remedy="It may be installed already. Refresh the list.")
        self.order(offer)

    def order(self, offer: Offer) -> None:
        """Fetch the files of ``offer``; while they are under way, asking again changes nothing.

        Raises: InvalidRequestError while other files of that label are under way.
        """
        with self._lock:
            known = self._errands.get(offer.label)
            if known and known.state.under_way:
                if known.offer.files != offer.files:
                    raise InvalidRequestError("label", f"Another {offer.label} is being fetched.",
                                              remedy="Wait for it, or cancel it first.")
                return
            self._errands.pop(offer.label, None)
            self._errands[offer.label] = _Errand(offer)  # last: what was asked for first is fetched first
            if self._worker is None or not self._worker.is_alive():
                self._worker = threading.Thread(target=self._work, name="downloads", daemon=True)
                self._worker.start()

    def cancel(self, label: str) -> None:
        """Stop a download; one that has ended stays as it is. Raises: NotFoundError."""
        with self._lock:
            errand = self._errands.get(label)
            if errand is None:
                raise NotFoundError(f"No download of {label[:80]} is known.")
            self._stop(errand)

    def close(self) -> None:
        """Stop everything, and wait a little; what has come of a file is kept for the next time it is asked for."""
        with self._lock:
            for errand in self._errands.values():
                errand.cancellation.skip()
                self._mark_stopped(errand)
            worker = self._worker
        if worker:
            worker.join(_CLOSE_WITHIN_S)

    def _stop(self, errand: _Errand) -> None:
        errand.cancellation.interrupt()
        self._mark_stopped(errand)

    def _mark_stopped(self, errand: _Errand) -> None:
        if errand.state is DownloadState.WAITING:
            errand.state = DownloadState.CANCELLED
        elif errand.state is DownloadState.RUNNING:
            errand.state = DownloadState.STOPPING

    def _work(self) -> None:
        while errand := self._next():
            self._carry_out(errand)

    def _next(self) -> _Errand | None:
        """Take the next order; without one, the worker ends here, where nobody can hand in another."""
        with self._lock:
            errand = next((one for one in self._errands.values() if one.state is DownloadState.WAITING), None)
            if errand is None:
                self._worker = None
            else:
                errand.state = DownloadState.RUNNING
            return errand

    def _carry_out(self, errand: _Errand) -> None:
        state: DownloadState = DownloadState.FAILED
        failure: WebUIError | None = WebUIError("The download ended in a way that was not foreseen.",
                                                remedy="The program's log tells more.")
        try:
            self._fetch_all(errand)
            state, failure = DownloadState.DONE, None
        except FetchCancelledError:
            state, failure = DownloadState.CANCELLED, None
        except WebUIError as error:
            failure = error
        except Exception:
            logger.exception("The download of %s failed.", errand.offer.label)
        finally:
            with self._lock:
                errand.state, errand.failure = state, failure

    def _fetch_all(self, errand: _Errand) -> None:
        """Fetch what is not there yet: another order may have brought some of it. Raises: WebUIError."""
        parcels = [parcel for parcel in errand.offer.files if not parcel.target.is_file()]
        left_bytes = replace(errand.offer, files=tuple(parcels)).size_bytes
        for parcel in parcels[:1]:
            require_space(parcel.target.parent, left_bytes - _there(parcels), errand.offer.label)
        before = errand.offer.size_bytes - left_bytes
        for parcel in parcels:
            if errand.cancellation.stop_now:
                raise FetchCancelledError("The download was stopped.")
            fetch_file(parcel, self._access, partial(_note, errand, before), errand.cancellation)
            before = errand.done_bytes
        self._on_arrival()


def _missing(offer: Offer) -> bool:
    return any(not parcel.target.is_file() for parcel in offer.files)


def _there(parcels: Sequence[Parcel]) -> int:
    """Count the bytes that earlier attempts have left."""
    parts = (part_of(parcel) for parcel in parcels)
    return sum(part.stat().st_size for part in parts if part.is_file())


def _note(errand: _Errand, before: int, done: int, total: int | None) -> None:
    errand.done_bytes = before + done
