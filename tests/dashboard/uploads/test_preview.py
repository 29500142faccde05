"""What *Open…* says of a file before it is read."""

from __future__ import annotations

import pytest

from dashboard.uploads.preview import Choices, preview_of
from tests.cases.test_peoples_files import NO_TRANSFER


@pytest.mark.parametrize("text", NO_TRANSFER.values(), ids=NO_TRANSFER)
def test_what_may_be_no_transfer_is_asked_about(tmp_path, text):
    (tmp_path / "r.csv").write_text(text)
    told = preview_of(tmp_path, Choices(metric="score"), most=10**6).told
    assert "whether this is transfer at all" in told["unknown"][0]
    assert "[predictors]" not in told["unknown"][0]
    assert not told["zero_offered"]
