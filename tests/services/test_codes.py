"""The carrier's codes: each means one thing, the settings may say another, and the docs have them all."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from services.delivery.codes import CODES, MENDS, Codes
from services.model import Cause

OPERATORS = Path(__file__).resolve().parents[2] / "docs" / "operators.md"


def table() -> str:
    """As it stands in docs/operators.md."""
    rows = [
        f"| `{cause}` | {mends} | {', '.join(f'{code} {means}' for code, means in CODES[cause].items())} |"
        for cause, mends in MENDS.items()
    ]
    return "\n".join(["| Cause | Who can mend it | Codes |", "|---|---|---|", *rows])


def test_every_code_is_in_the_docs() -> None:
    assert table() in OPERATORS.read_text(encoding="utf-8"), f"docs/operators.md lacks this table:\n\n{table()}\n"


def test_each_code_means_one_thing() -> None:
    assert set(CODES) == set(MENDS)
    twice = [code for code, times in Counter(code for codes in CODES.values() for code in codes).items() if times > 1]
    assert twice == []


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("21211", Cause.NUMBER_INVALID),
        ("21610", Cause.STOPPED),
        ("30006", Cause.NUMBER_LANDLINE),
        ("30007", Cause.MESSAGE_BLOCKED),
        ("20003", Cause.CARRIER_CREDENTIALS),
        ("30002", Cause.CARRIER_ACCOUNT),
        ("30034", Cause.SENDER_REFUSED),
        ("30001", Cause.CARRIER_BUSY),
    ],
)
def test_a_refusal_and_a_failure_read_alike(code: str, cause: Cause) -> None:
    assert Codes().refusal(code) is Codes().failure(code) is cause


def test_an_unknown_code_is_what_it_is() -> None:
    assert Codes().refusal("99999") is Cause.CARRIER_REFUSED
    assert Codes().failure("99999") is Cause.NOT_DELIVERED
    assert Codes().failure("") is Cause.NOT_DELIVERED


def test_the_settings_win() -> None:
    own = Codes({"30034": Cause.MESSAGE_BLOCKED, "99999": Cause.NUMBER_LANDLINE})
    assert own.failure("30034") is Cause.MESSAGE_BLOCKED
    assert own.refusal("99999") is Cause.NUMBER_LANDLINE
    assert own.refusal("21610") is Cause.STOPPED
