"""`[directory]` as people write it."""

from __future__ import annotations

from typing import Any

import pytest

from services.directory.formats import FORMATS, Pepper
from services.directory.mapping import COLUMNS, FACTS, KINDS, VALUES, Aside, Mapping, Rows
from services.directory.presets import PRESETS
from services.directory.written import read_mapping


def read(values: dict[str, Any], *, peppered: bool = False) -> Mapping:
    problems: list[str] = []
    mapping = read_mapping(values, problems, peppered=peppered)
    assert mapping is not None, problems
    assert problems == []
    return mapping


@pytest.mark.parametrize("name", PRESETS)
def test_one_line_is_enough(name: str) -> None:
    assert read({"preset": name}, peppered=True) == PRESETS[name]


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_of_known_words(name: str) -> None:
    preset = PRESETS[name]
    assert preset.hash in FORMATS
    assert {word for _, word in (*preset.also_set, *preset.unlock)} <= set(VALUES)
    assert {rows.kind for rows in preset.rows} <= set(KINDS)
    assert set(preset.optional) <= set(preset.columns)
    assert preset.phone == "" or preset.phone not in preset.optional
    assert {fact for fact, _ in preset.asides} <= set(FACTS)
    assert all(sentence.endswith(".") and len(sentence) < 150 for sentence in preset.cannot)
    assert {getattr(preset, column) for column in COLUMNS} - {""} <= {
        *preset.columns, *(getattr(preset, fact) for fact, _ in preset.asides),
    }  # fmt: skip


def test_what_is_named_beside_a_preset_wins_and_has_to_be_there() -> None:
    mapping = read({"preset": "devise", "role": "role", "unlock": {"failed_attempts": "0"}, "last_name": ""})
    assert mapping.unlock == (("failed_attempts", "0"),)
    assert mapping.last_name == ""
    assert not {"role", "failed_attempts"} & set(mapping.optional)
    assert "locked_at" in mapping.optional


def test_another_prefix_of_wordpress() -> None:
    mapping = read({"preset": "wordpress", "table": "shop_users"})
    assert {aside.table for _, aside in mapping.asides} == {rows.table for rows in mapping.rows} == {"shop_usermeta"}
    assert mapping.aside("role") == Aside("shop_usermeta", "meta_value", where=(("meta_key", "shop_capabilities"),))


def test_a_column_in_place_of_a_second_table_and_the_other_way_round() -> None:
    number = read({"preset": "wordpress", "phone": "mobile"})
    assert number.aside("phone") is None
    assert "mobile" in number.columns
    profile = read({"preset": "django", "phone_table": {"table": "profile", "value": "mobile"}})
    assert profile.aside("phone") == Aside("profile", "mobile", "user_id")
    assert "phone" not in profile.columns


def test_rows_of_ones_own() -> None:
    written = [{"table": "sessions", "person": "uid", "by": "email", "where": {"kind": "web"}, "kind": "link"}]
    mapping = read({"table": "people", "rows": written})
    assert mapping.rows == (Rows("sessions", "uid", "email", (("kind", "web"),), "link"),)
    assert "email" in mapping.columns
    assert read({"preset": "laravel", "rows": []}).rows == ()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "directory needs a preset, or a table with its columns"),
        ({"table": 3}, "directory needs a preset, or a table with its columns"),
        ({"preset": "joomla"}, "directory.preset 'joomla' is unknown; there is django, devise"),
        ({"preset": "django", "fone": "x"}, "directory.fone is not a setting"),
        ({"preset": "django", "optional": ["x"]}, "directory.optional is not a setting"),
        ({"preset": "django", "phone": 3}, "directory.phone is a text"),
        ({"preset": "django", "ends_sign_ins": "yes"}, "directory.ends_sign_ins is true or false"),
        ({"preset": "django", "privileged_roles": "staff"}, "directory.privileged_roles is a list of texts"),
        ({"preset": "django", "unlock": ["tries"]}, "directory.unlock is a table of texts"),
        ({"preset": "django", "unlock": {"tries": "nothing"}}, "directory.unlock sets a column to one of null, 0,"),
        ({"preset": "django", "hash": "md5"}, "directory.hash is unknown; there is argon2id"),
        ({"preset": "django", "hash_parameters": "many"}, "directory.hash_parameters are none of django-pbkdf2"),
        ({"preset": "django", "hash_parameters": "99999999"}, "write them like '1000000'"),
        ({"preset": "django", "phone_table": "profile"}, "directory.phone_table is a table of names"),
        ({"preset": "django", "phone_table": {"table": "profile"}}, "directory.phone_table.value is missing"),
        (
            {"preset": "django", "phone_table": {"table": "p", "value": "v", "link": "l"}},
            "directory.phone_table needs link and link_to together",
        ),
        (
            {"preset": "django", "rows": "sessions"},
            "directory.rows is a list: write [[directory.rows]], or rows = []",
        ),
        ({"preset": "django", "rows": [{"table": "s", "kind": "cookie"}]}, "directory.rows.kind is one of sign-in"),
        ({"preset": "django", "rows": [{"tables": "s"}]}, "directory.rows.tables is not a setting"),
        ({"preset": "flask-security"}, "DIRECTORY_PEPPER is missing: flask-security-argon2 mixes a secret"),
    ],
)
def test_what_is_wrong_is_said(values: dict[str, Any], sentence: str) -> None:
    problems: list[str] = []
    assert read_mapping(values, problems) is None
    assert sentence in "\n".join(problems)


def test_everything_wrong_at_once() -> None:
    problems: list[str] = []
    read_mapping({"preset": "laravel", "hash": "md5", "fone": "x", "rows": 3}, problems)
    assert len(problems) == 3


def test_where_takes_what_a_file_can_say() -> None:
    """A table of roles may be told by a number, one of contacts by true."""
    where = {"kind": "web", "rank": 3, "main": True, "old": False}
    mapping = read({"table": "people", "rows": [{"table": "sessions", "where": where}]})
    assert mapping.rows[0].where == (("kind", "web"), ("rank", "3"), ("main", "1"), ("old", "0"))
    for value in (1.5, ["web"], {"is": "web"}):
        problems: list[str] = []
        written = {"table": "people", "phone_table": {"table": "t", "value": "v", "where": {"kind": value}}}
        assert read_mapping(written, problems) is None
        said = "directory.phone_table.where is a table of texts, whole numbers or true and false, like { column"
        assert [problem.partition(" =")[0] for problem in problems] == [said]


def test_devise_needs_no_pepper() -> None:
    assert read({"preset": "devise"}).format.pepper is Pepper.OPTIONAL
