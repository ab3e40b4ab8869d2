from __future__ import annotations

import io
import json

from couponry_jobs import logs


def lines_of(form: str) -> list[str]:
    stream = io.StringIO()
    logs.configure(form=form, stream=stream)
    log = logs.log_of("generation", job="generate", instance="here")
    log("batch", batchNo=3, inserted=5000, errorCode=None)
    log("redeemed", couponCode="SECRETCODE12")
    return stream.getvalue().splitlines()


def test_a_line_is_one_json_object() -> None:
    line = json.loads(lines_of("json")[0])

    assert line["event"] == "batch"
    assert line["logger"] == "couponry.generation"
    assert line["level"] == "info"
    assert line["job"] == "generate"
    assert line["batchNo"] == 3
    assert line["ts"].endswith("Z")
    assert "errorCode" not in line


def test_a_coupon_code_is_cut_to_three_characters() -> None:
    for form in ("json", "text"):
        line = lines_of(form)[1]

        assert "SEC…" in line
        assert "SECRETCODE12" not in line


def test_text_lines_are_for_people() -> None:
    assert lines_of("text")[0].endswith("batch job=generate instance=here batchNo=3 inserted=5000")
