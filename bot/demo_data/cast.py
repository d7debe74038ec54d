"""The people whom the demo's stories and the tests know by name. Their ids are their places here, from 1."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """One member of the cast."""

    first: str
    last: str
    email: str
    phone: str | None
    role: str = "member"
    active: bool = True
    phone_changed_days_ago: float | None = None


_LONG = "Wolfeschlegelsteinhausenbergerdorff"

CAST = (
    Role("Jane", "Doe", "jane.doe@acme.example", "+1 202-555-0142"),
    Role("Jane", "Doe", "j.doe@acme.example", "(202) 555-0117", "administrator", phone_changed_days_ago=1),
    Role("Jane", "Dorn", "jdorn@acme.example", None),
    Role("José", "Núñez", "jose.nunez@acme.example", "+1 (305) 555-0164", "coach"),
    Role("Łukasz", "Żółć", "lukasz.zolc@acme.example", "+49 171 3920023", "analyst"),
    Role("Søren", "Ørsted", "soren.orsted@acme.example", "+46 70-174 06 42"),
    Role("Sinéad", "O'Brien", "sinead.obrien@acme.example", "+1 617-555-0139"),
    Role("Pieter", "van der Berg", "pieter.vanderberg@acme.example", "212.555.0188", "coach"),
    Role("Zoë-Ann", "Müller-Lüdenscheidt", "zoe-ann@acme.example", "+49 (0)176 04069042"),
    # numbers that take no texts
    Role("Gerald", "Hathaway", "gerald.hathaway@acme.example", "+44 20 7946 0958"),
    Role("Rita", "Sandoval", "rita.sandoval@acme.example", "call reception"),
    # not to be reset just so
    Role("Dana", "Whitlock", "dana.whitlock@acme.example", "+1 415-555-0123", active=False),
    Role("Maya", "Lindqvist", "maya.lindqvist@statstak.example", "+1 206-555-0171", "administrator"),
    Role("Viktor", "Petrov", "viktor.petrov@acme.example", "+1 503-555-0106", "administrator"),
    # names that are not what they look like
    Role("<!channel>", "Everyone", "channel@hostile.example", "+1 202-555-0101"),
    Role("*bold* _it_ ~s~", "`code``", "bold@hostile.example", "+1 202-555-0102"),
    Role(":lock:", ":fire:", "lock@hostile.example", "+1 202-555-0103"),
    Role("&amp; <@U0SAM>", "<http://evil.example|click>", "amp@hostile.example", "+1 202-555-0104"),
    Role("דוד", "לוי", "david.levi@acme.example", "+1 202-555-0105"),
    Role("محمد", "\u202eالضيف gpj.exe", "guest@hostile.example", "+1 202-555-0107"),
    Role("🦊 Foxy", "👩‍🚀", "foxy@acme.example", "+1 202-555-0108"),
    Role(("Hubert Blaine " + _LONG * 2)[:60], (_LONG * 2)[:59], "hubert@acme.example", "+1 202-555-0109"),
    Role("Cher", "", "cher@acme.example", "+1 213-555-0110"),
    Role("Line\nBreak", "Tab\tStop", "linebreak@hostile.example", "+1 202-555-0111"),
    Role("Maria", "Silva", "maria.silva@acme.example", "+1 305-555-0112"),
    Role("Maria", "Silva", "maria.silva2@acme.example", "+1 305-555-0113"),
    Role("Maria", "Silva", "msilva@northwind.example", "+1 305-555-0114"),
)
