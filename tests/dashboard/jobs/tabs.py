"""What a tab of a browser does with a job, as requests."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

COMPUTE_BUDGET_S = 300.0
LOOK_SECONDS = 0.1
ASKED, ENDED, CANCEL = "job-order", "job-ended", "job-cancel"


def until(what: Callable[[], Any]) -> Any:
    """The first true answer."""
    deadline = time.monotonic() + COMPUTE_BUDGET_S
    while not (answer := what()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(LOOK_SECONDS)
    return answer


class Tab:
    """One open page. request: (path, body or None) -> (status, text)."""

    def __init__(self, request: Callable[[str, Any], tuple[int, str]]) -> None:
        self._request = request
        _, page = request("/", None)
        config = re.search(r'id="_dash-config"[^>]*>(.*?)</script>', page, re.S)
        assert config is not None
        self._page = json.loads(config.group(1))["end_id"]
        self._handles: dict[str, str] = {}
        self.text = ""
        self.result: Any = None

    def order(self, **work: Any) -> None:
        """Ask for a job; one this tab still has is let go of."""
        old = {"oldJob": self._handles["job"]} if self._handles else {}
        answer = self._post(self._job({"times": 1, "work": work}), old)
        self._handles = {"cacheKey": answer["cacheKey"], "job": answer["job"]}
        self.text, self.result = "", None

    def look(self) -> bool:
        """Look after the job; True where there is no more to look for."""
        answer = self._post(self._job(None), self._handles)
        if "progress" in answer:
            self.text = answer["progress"]["job-text.children"]
        if answer.get("response") is not None:
            self.result = answer["response"].get(ENDED, {}).get("data")
            self._handles = {}
            return True
        return False

    def cancel(self) -> None:
        """Click on Cancel."""
        button = {"id": CANCEL, "property": "n_clicks", "value": 1}
        output = {"id": CANCEL, "property": "id"}
        body = {
            "output": f"{CANCEL}.id",
            "outputs": output,
            "inputs": [button],
            "changedPropIds": [f"{CANCEL}.n_clicks"],
        }
        self._post(body, {"cancelJob": self._handles["job"]})

    def finish(self) -> Any:
        """Look until it is over; returns how it ended, None where nothing was said."""
        until(self.look)
        return self.result

    def _job(self, value: Any) -> dict[str, Any]:
        return {
            "output": f"{ENDED}.data",
            "outputs": {"id": ENDED, "property": "data"},
            "inputs": [{"id": ASKED, "property": "data", "value": value}],
            "changedPropIds": [f"{ASKED}.data"],
        }

    def _post(self, body: Any, handles: dict[str, str]) -> Any:
        query = urlencode({"endId": self._page, **handles})
        status, text = self._request(f"/_dash-update-component?{query}", body)
        if status == 204:  # nothing to say, and nothing to wait for
            return {"response": {}}
        assert status == 200, f"{status}: {text[:500]}"
        return json.loads(text)


def tab_in(server: Any) -> Tab:
    """A tab of a Flask application in this process."""
    client = server.test_client()

    def request(path: str, body: Any) -> tuple[int, str]:
        answer = client.get(path) if body is None else client.post(path, json=body)
        return answer.status_code, answer.get_data(as_text=True)

    return Tab(request)


def sweep_of(study, measure="procrustes", debiased=False):
    return {"kind": "sweep", "study": study.folder.name, "measure": measure, "debiased": debiased}


def pairs_done(tab):
    """How many pairs the job says are done; 0 where it says nothing yet."""
    told = re.match(r"([\d,]+) of ", tab.text)
    return int(told[1].replace(",", "")) if told else 0


def computing(tab):
    """Look until the job says how far it is."""
    until(lambda: tab.look() or "pairs" in tab.text)
    assert tab.result is None
