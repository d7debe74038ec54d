"""Numbers as products hold them, and that nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.model import Cause
from services.phones import read_phone

JANE, JOE = "+12025550142", "+12025550117"


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        ("+1 202-555-0142", "US", JANE),
        ("(202) 555-0142", "US", JANE),
        ("202.555.0142", "US", JANE),
        ("2025550142", "US", JANE),
        ("  1 202 555 0142 ", "US", JANE),
        ("２０２５５５０１４２", "US", JANE),
        ("tel:+1-202-555-0142", "US", JANE),
        ("Mobile: +1 202-555-0142", "US", JANE),
        ("+1 202-555-0142 (cell)", "DE", JANE),
        ("07400 123456", "GB", "+447400123456"),
        ("+44 (0)7400 123456", "US", "+447400123456"),
        ("0044 7400 123456", "US", "+447400123456"),
        ("0171/1234567", "DE", "+491711234567"),
        ("M: 0171 1234567", "DE", "+491711234567"),
        ("512 345 678", "PL", "+48512345678"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("06.12.34.56.78", "FR", "+33612345678"),
        ("079/123 45 67", "CH", "+41791234567"),
        ("070-123 45 67", "SE", "+46701234567"),
        ("0664/123 45 67", "AT", "+436641234567"),
        ("(0664) 1234567", "AT", "+436641234567"),
        ("11 91234-5678", "BR", "+5511912345678"),
        ("+32 475/12.34.56", "US", "+32475123456"),
        ("090-1234-5678", "JP", "+819012345678"),
        ("98765 43210", "IN", "+919876543210"),
        ("1701234567.0", "DE", "+491701234567"),
        ("0171 1234567, Mobil", "DE", "+491711234567"),
        ("+49 171 1234567;", "US", "+491711234567"),
        ("0171 12 34 56 7", "DE", "+491711234567"),
        ("0664/1234-567", "AT", "+436641234567"),
        ("050 12345 67", "FI", "+358501234567"),
        ("082 123-4567", "ZA", "+27821234567"),
        ("081/483-4383", "ZA", "+27814834383"),
    ],
)
def test_one_number_in_any_writing(raw: str, region: str, e164: str) -> None:
    phone = read_phone(raw, region)
    assert (phone.e164, phone.problem) == (e164, None)
    assert e164 not in repr(phone)


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        (f"{JANE} / {JANE}", "US", JANE),
        ("202-555-0142\n(202) 555 0142", "US", JANE),
        ("020 7946 0000 / 07400 123456", "GB", "+447400123456"),
        ("01 23 45 67 89 ou 06 12 34 56 78", "FR", "+33612345678"),
        ("020 7946 0000\n+44 7400 123456", "GB", "+447400123456"),
        ("030 23125000;0171 1234567", "DE", "+491711234567"),
    ],
)
def test_of_several_the_one_that_gets_texts(raw: str, region: str, e164: str) -> None:
    assert read_phone(raw, region).e164 == e164


@pytest.mark.parametrize(
    ("raw", "region", "problem"),
    [
        (None, "US", Cause.NO_MOBILE),
        ("", "US", Cause.NO_MOBILE),
        ("   ", "US", Cause.NO_MOBILE),
        (" - ", "US", Cause.NO_MOBILE),
        (f"{JANE} / {JOE}", "US", Cause.NUMBER_SEVERAL),
        (f"{JANE} {JOE}", "US", Cause.NUMBER_SEVERAL),
        ("0171 1234567, 0172 7654321", "DE", Cause.NUMBER_SEVERAL),
        ("0171 1234567;0172 7654321", "DE", Cause.NUMBER_SEVERAL),
        ("20 12 34 56, 20 65 43 21", "DK", Cause.NUMBER_SEVERAL),
        ("020 7946 0000 / 020 7946 0001", "GB", Cause.NUMBER_SEVERAL),
        ("020 7946 0000", "GB", Cause.NUMBER_LANDLINE),
        ("202-555-0142 ext. 5", "US", Cause.NUMBER_EXTENSION),
        ("202-555-0142, ext 5", "US", Cause.NUMBER_EXTENSION),
        ("020 7946 0000 x12", "GB", Cause.NUMBER_EXTENSION),
        ("0170 1234567 dw 1", "DE", Cause.NUMBER_EXTENSION),
        ("01 23 45 67 89 poste 12", "FR", Cause.NUMBER_EXTENSION),
        ("0170 1234567/8", "DE", Cause.NUMBER_UNREADABLE),
        ("0170 1234567-8", "DE", Cause.NUMBER_UNREADABLE),
        ("0170 1234567 (1)", "DE", Cause.NUMBER_UNREADABLE),
        ("0170 1234567.8", "DE", Cause.NUMBER_UNREADABLE),
        ("0664/1234567/12", "AT", Cause.NUMBER_UNREADABLE),
        ("0664 1234567-123", "AT", Cause.NUMBER_UNREADABLE),
        ("0664 1234567 mobil 1", "AT", Cause.NUMBER_UNREADABLE),
        ("070 1234 5678", "GB", Cause.NUMBER_INVALID),
        ("0180 1234567", "DE", Cause.NUMBER_INVALID),
        ("1-800-356-9377", "US", Cause.NUMBER_INVALID),
        ("call reception", "US", Cause.NUMBER_UNREADABLE),
        ("reception 202-555-0142", "US", Cause.NUMBER_UNREADABLE),
        ("202-555-0142 (his wife)", "US", Cause.NUMBER_UNREADABLE),
        ("not 202-555-0142", "US", Cause.NUMBER_UNREADABLE),
        ("202-555-0142 / 0117", "US", Cause.NUMBER_UNREADABLE),
        ("202-555-0142 or reception", "US", Cause.NUMBER_UNREADABLE),
        ("1-800-FLOWERS", "US", Cause.NUMBER_UNREADABLE),
        ("07400 123456", "US", Cause.NUMBER_UNREADABLE),
        ("12345", "US", Cause.NUMBER_UNREADABLE),
        ("0000000000", "US", Cause.NUMBER_UNREADABLE),
        ("n/a", "US", Cause.NUMBER_UNREADABLE),
    ],
)
def test_what_is_not_understood_is_said(raw: str | None, region: str, problem: Cause) -> None:
    phone = read_phone(raw, region)
    assert (phone.e164, phone.problem) == (None, problem)


@given(st.text(max_size=60))
def test_whatever_is_in_the_field_it_is_a_number_or_a_problem(raw: str) -> None:
    phone = read_phone(raw, "US")
    assert (phone.e164 is None) == (phone.problem is not None)
