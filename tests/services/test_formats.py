"""Each format against hashes that the products themselves made, and against what they took from us.

The vectors (hashes.json) were made once by running the products' own code: Django 5.2.19, Werkzeug 3.1.9,
Flask-Security 5.9.2 and pwdlib 0.3.1 on Python 3.11; illuminate/hashing 8.83.26, symfony/password-hasher 5.4.53
and WordPress 6.1.9 (class-phpass.php) on PHP 8.2.36; Devise 4.8.1's encryptor and bcrypt-ruby 3.1.18 on Ruby
3.1.7. WordPress 6.8's were made by PHP with the two lines of its wp_hash_password; ASP.NET's are those of its own
PasswordHasherTest. What we wrote was verified by the same code, and by none of it found out of date
(`must_update`, `needsRehash`, `needs_update`, `verify_and_update`, `password_needs_rehash` all said no);
ASP.NET's by Node's crypto.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from services.directory.formats import FORMATS, Format, Pepper, identify, sample_of
from services.directory.kdf import BCRYPT_BYTES

OURS = "mk7p-4rwx-h9qd-t3vc"
THEIRS = "Zürich 2026 ñ"
SALT = "146585145368132386173505678016728509634"
VECTORS = json.loads(Path(__file__).with_name("hashes.json").read_text(encoding="utf-8"))
MADE: list[dict[str, str]] = VECTORS["made"]
TAKEN: dict[str, str] = VECTORS["taken"]
"""What Locksmith wrote of OURS and the products took; with the pepper "the pepper", or Flask-Security's SALT."""
COSTS = {
    "argon2id": {"m=65536,t=3,p=4", "m=65536,t=4,p=1"},
    "bcrypt-2y": {"12", "13"},
    "aspnet-v3": {"sha512:100000", "sha256:250000"},
}
"""Formats whose products differ in their cost."""
CHEAP = {
    "argon2id": "m=64,t=1,p=1", "django-argon2": "m=64,t=1,p=1", "flask-security-argon2": "m=64,t=1,p=1",
    "django-pbkdf2-sha256": "10", "werkzeug-pbkdf2": "10", "django-scrypt": "16:8:1", "werkzeug-scrypt": "16:8:1",
    "phpass": "7", "aspnet-v3": "sha256:10",
}  # fmt: skip


def pepper_of(form: Format) -> str:
    return {Pepper.NONE: "", Pepper.OPTIONAL: "the pepper", Pepper.NEEDED: SALT}[form.pepper]


@pytest.mark.parametrize("vector", MADE, ids=lambda vector: f"{vector['format']}, {vector['maker']}")
def test_what_the_products_made_opens(vector: dict[str, str]) -> None:
    name, password, pepper, stored = (vector[part] for part in ("format", "password", "pepper", "hash"))
    form = FORMATS[name]
    assert form.parameters(stored) in COSTS.get(name, {form.default})
    assert form.verify(password, stored, pepper)
    assert not form.verify(password + "x", stored, pepper)
    assert name in identify(stored)


def test_every_format_has_vectors_of_both_directions() -> None:
    assert {vector["format"] for vector in MADE} == set(TAKEN) == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_what_we_write_is_as_the_products_took_it(name: str) -> None:
    """The same password opens both, and but for salt and digest they are written alike."""
    form, taken = FORMATS[name], TAKEN[name]
    assert form.verify(OURS, taken, pepper_of(form))
    written = form.hash(OURS, form.parameters(taken) or "", pepper_of(form))
    assert form.parameters(written) == form.parameters(taken)
    assert len(written) == len(taken)
    signs = [at for at, sign in enumerate(taken) if sign in "$:,="]
    assert [at for at, sign in enumerate(written) if sign in "$:,="] == signs
    assert written[: len(form.prefix) + 4] == taken[: len(form.prefix) + 4]


@pytest.mark.parametrize("name", FORMATS)
def test_round_trip_at_any_cost(name: str) -> None:
    form, cost = FORMATS[name], CHEAP.get(name, "04")
    assert form.can(cost)
    one, other = (form.hash(THEIRS, cost, pepper_of(form)) for _ in range(2))
    assert one != other
    assert form.parameters(one) == cost
    assert form.verify(THEIRS, one, pepper_of(form))
    assert not form.verify(THEIRS.upper(), one, pepper_of(form))


@pytest.mark.parametrize("name", FORMATS)
def test_what_closes_an_account_opens_with_nothing_and_breaks_nothing(name: str) -> None:
    """Well formed: a product that cannot read a hash shows an error page, or says nothing and lets nobody in."""
    form = FORMATS[name]
    assert not form.verify("", form.closed, pepper_of(form))
    assert form.parameters(form.closed) is None
    if not form.mark:
        assert form.kdf.parameters(form.closed.removeprefix(form.prefix)) == form.default
        assert not form.kdf.verify(b"x", form.kdf.none(CHEAP.get(name, "04")))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("wrong", ["", "-1", "0", "x", "99999999999", "m=1,t=1", "12:1", "04:1:99", "31", "sha9:10"])
def test_parameters_that_nobody_has(name: str, wrong: str) -> None:
    """One planted row must not keep a reset busy for an hour."""
    assert not FORMATS[name].can(wrong) or (wrong == "31" and "pbkdf2" in name)


@pytest.mark.parametrize(
    "junk", ["", "!", "*", "x", "$", "$2y$", "$2y$99$" + "." * 53, "pbkdf2_sha256$x$y$z", "AQAAAA==", "é" * 60]
)
def test_junk_is_of_no_format(junk: str) -> None:
    assert identify(junk) == ()
    assert not any(form.verify("x", junk) for form in FORMATS.values())


def test_only_its_own_prefix_counts_where_the_product_refuses_others() -> None:
    """Laravel answers 500 to `$2b$`, and Node's bcrypt calls `$2y$` wrong."""
    php, ruby, node = (TAKEN[f"bcrypt-{ident}"] for ident in ("2y", "2a", "2b"))
    assert [FORMATS["bcrypt-2y"].parameters(stored) for stored in (php, ruby, node)] == ["12", None, None]
    assert [FORMATS["bcrypt-2b"].parameters(stored) for stored in (php, ruby, node)] == [None, "12", "12"]
    assert [FORMATS["bcrypt-2a"].parameters(stored) for stored in (php, ruby, node)] == ["12", "12", "12"]


def test_a_secret_of_the_product_counts() -> None:
    for name in ("devise", "flask-security-argon2", "flask-security-bcrypt"):
        assert not FORMATS[name].verify(OURS, TAKEN[name], "another")
    with pytest.raises(ValueError, match="the product's secret is missing"):
        FORMATS["flask-security-argon2"].hash(OURS)


def test_bcrypt_reads_72_bytes() -> None:
    form, long = FORMATS["bcrypt-2b"], "ü" * 40
    stored = form.hash(long, "04")
    assert form.verify(long[: BCRYPT_BYTES // 2] + "other", stored)


def test_a_hash_that_would_not_open_is_never_returned() -> None:
    class Broken:
        parameters = staticmethod(lambda _stored: "1")
        hash = staticmethod(lambda _secret, _parameters: "x")
        verify = staticmethod(lambda _secret, _stored: False)
        none = staticmethod(lambda _parameters: "")

    with pytest.raises(ValueError, match="does not verify"):
        replace(FORMATS["argon2id"], kdf=Broken()).hash("x", "1")


def test_what_can_be_said_of_a_hash() -> None:
    assert sample_of(None).note == sample_of("").note == "none"
    assert sample_of("!abc").note == "unusable"
    assert sample_of("old-hash").note == "unknown"
    assert sample_of(TAKEN["django-scrypt"]).formats == ("django-scrypt",)
    assert sample_of(TAKEN["wordpress"]).parameters == "10"
