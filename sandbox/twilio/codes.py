"""Twilio's numbers: which error has which HTTP status and words, and which telephone numbers provoke one."""

from __future__ import annotations

ERRORS: dict[int, tuple[int, str]] = {
    20001: (400, "Invalid parameter"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20009: (409, "Cannot change this message because its delivery has not been completed"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service is temporarily unavailable"),
    21201: (400, "No 'To' number is specified"),
    21205: (400, "Url parameter is required"),
    21210: (400, "'From' phone number is not verified for this account"),
    21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "Invalid From Number"),
    21213: (400, "'From' phone number is required"),
    21214: (400, "'To' phone number cannot be reached"),
    21215: (400, "Geo permission configuration is not permitting the call"),
    21216: (400, "Call blocked: the number may not be called"),
    21217: (400, "Phone number does not appear to be valid"),
    21408: (
        400,
        "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    ),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' phone number is required"),
    21604: (400, "A 'To' phone number is required"),
    21606: (400, "The 'From' phone number is not a valid, SMS-capable number of this account"),
    21608: (400, "This number is unverified. Trial accounts cannot send messages to unverified numbers"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (400, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "The 'To' phone number is not currently reachable using the 'From' phone number"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21626: (400, "Invalid StatusCallbackEvents"),
    21635: (400, "'To' number cannot be a landline"),
    21705: (400, "The Messaging Service Sid is invalid"),
    30001: (400, "Queue overflow"),
    30002: (400, "Account suspended"),
    30003: (400, "Unreachable destination handset"),
    30004: (400, "Message blocked"),
    30005: (400, "Unknown destination handset"),
    30006: (400, "Landline or unreachable carrier"),
    30007: (400, "Message filtered"),
    30008: (400, "Unknown error"),
    30034: (400, "Message from an unregistered number"),
    30036: (400, "Validity period expired"),
    30038: (400, "OTP message body filtered"),
}

REFUSED_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
"""Twilio's own test numbers."""

NOT_CALLED = {
    "+15005550001": 21217,
    "+15005550002": 21214,
    "+15005550003": 21215,
    "+15005550004": 21216,
}
"""The same, for calls."""

REFUSED_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}

UNDELIVERED_TO = {f"+1500555300{digit}": 30000 + digit for digit in range(3, 9)}
"""Ours, in the same spirit: accepted, sent, and then failing with 30003 to 30008."""


def words(code: int) -> str:
    return ERRORS.get(code, (400, "Unknown error"))[1]


def http_status(code: int) -> int:
    return ERRORS.get(code, (400, ""))[0]


def ends_before_carrier(code: int) -> bool:
    """Such a message never leaves Twilio: `failed`, where a carrier's no is `undelivered`."""
    return code < 30003  # noqa: PLR2004
