"""Running products are asked whether what Locksmith wrote into their own database is as good as their own.

A hash that the product refuses locks somebody out; one that it rehashes at the next sign-in hides whether the person
chose a password. Both are asked of the product, and so is whether an open sign-in has ended.
"""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

import pytest

from services.directory.check.checking import Ground, check
from services.directory.formats import FORMATS, identify
from services.directory.inspect.inspecting import inspect
from services.directory.sql import SqlDirectory
from services.directory.written import read_mapping
from tests.products.cases import DEVISE, DJANGOS, FLASK_SECURITY, SYMFONY, WITH_HASHES, WITH_PEOPLE, WORDPRESS
from tests.products.conftest import OLD, Product
from tests.services.products import held, reset
from tests.services.test_formats import CHEAP

OURS, OWN, THEIRS = "mk7p-4rwx-h9qd-t3vc", "battery staple 2", "Zürich 2026 ñ"
UNTIL = datetime(2030, 1, 1, tzinfo=UTC)

with_people = pytest.mark.parametrize("product", WITH_PEOPLE, ids=str, indirect=True)


def directory_of(product: Product) -> SqlDirectory:
    assert product.directory is not None
    return product.directory


def key_of(product: Product, name: str) -> str:
    [person] = directory_of(product).by_email(f"{name}@acme.example")
    return person.key


@pytest.mark.parametrize("product", WITH_HASHES, ids=str, indirect=True)
def test_hashes_in_both_directions(product: Product) -> None:
    for name, pepper in product.case.formats.items():
        form = FORMATS[name]
        theirs = product.talk.ask("make_hash", name=name, password=THEIRS)
        assert name in identify(theirs), name
        assert form.verify(THEIRS, theirs, pepper), name
        ours = form.hash(OURS, form.parameters(theirs) or "", pepper)
        assert product.talk.ask("check_hash", name=name, password=OURS, stored=ours) == [True, False], name
        cheap = form.default if "scrypt" in name else CHEAP.get(name, "04")  # Werkzeug gives a small one no memory
        of_nothing = form.prefix + form.kdf.none(cheap)
        assert not product.talk.ask("check_hash", name=name, password=OURS, stored=of_nothing)[0], name


@with_people
def test_it_is_recognised_and_what_is_proposed_works(product: Product) -> None:
    """`directory inspect` and `directory check`: from the address alone to a whole reset that is rolled back."""
    engine, case = product.engine, product.case
    assert engine is not None
    proposal = inspect(engine)
    assert proposal.product == case.settings["preset"]
    problems: list[str] = []
    mapping = read_mapping(tomllib.loads(proposal.as_toml())["directory"], problems, peppered=bool(case.pepper))
    assert mapping is not None, problems
    checks = list(check(Ground(engine, mapping, "US", pepper=case.pepper), "jane@acme.example"))
    assert [found for found in checks if found.failed] == []
    assert checks[-1].name == "directory: rolled back"
    assert product.opens("jane@acme.example", OLD)


@with_people
def test_who_is_privileged_and_who_is_switched_off(product: Product) -> None:
    directory, case = directory_of(product), product.case
    privileged = {each.first_name for each in directory.everybody() if each.privileged}
    assert privileged == ({"Bob"} if case in (*DJANGOS, FLASK_SECURITY, SYMFONY, WORDPRESS) else set())
    switched_off = {each.first_name for each in directory.everybody() if not each.active}
    assert switched_off == ({"Eve"} if case in (*DJANGOS, FLASK_SECURITY) else set())


@with_people
def test_a_reset_and_back(product: Product) -> None:
    directory, jane = directory_of(product), "jane@acme.example"
    [person] = directory.by_email(jane)
    assert (person.name, person.phone.e164, person.privileged) == ("Jane Doe", "+12025550140", False)
    [(sample, count)] = directory.survey().items()
    assert directory.shape.mapping.hash in sample.formats
    assert count == 5

    assert product.enter(jane, OLD)
    assert product.inside(jane)
    base, new = reset(directory, person.key, UNTIL, directory.hash(OURS))
    assert directory.abilities.ends_sign_ins
    assert not product.inside(jane)
    assert not product.opens(jane, OLD)
    assert product.opens(jane, OURS)
    assert not product.talk.ask("stale", email=jane)
    assert held(directory, person.key).own_hash == new.secret

    before = datetime.now(UTC)
    assert product.enter(jane, OURS)
    assert product.inside(jane)
    now = held(directory, person.key)
    assert now.image.secret == new.secret
    assert directory.abilities.shows_sign_ins is (product.case in (*DJANGOS, FLASK_SECURITY, DEVISE))
    if directory.abilities.shows_sign_ins:
        assert now.last_sign_in_at is not None
        assert now.last_sign_in_at >= before
        assert not directory.swap(person.key, new, base, restoring=True, unless_used_since=before)
    assert directory.swap(person.key, new, base, restoring=True)
    assert not product.inside(jane)
    assert not product.opens(jane, OURS)
    assert product.opens(jane, OLD)
    assert held(directory, person.key).image.secret == base.secret


@with_people
def test_a_password_of_their_own(product: Product) -> None:
    directory, joe = directory_of(product), key_of(product, "joe")
    base, new = reset(directory, joe, UNTIL, directory.hash(OURS))
    product.talk.ask("choose", email="joe@acme.example", password=OWN)
    assert not directory.swap(joe, new, base, restoring=True)
    assert product.opens("joe@acme.example", OWN)
    assert directory.shape.mapping.format.verify(OWN, held(directory, joe).own_hash or "", product.case.pepper)


@with_people
def test_closing_and_opening_again(product: Product) -> None:
    directory, ann = directory_of(product), key_of(product, "ann")
    email = "ann@acme.example"
    assert product.enter(email, OLD)
    assert directory.close(ann, held(directory, ann))
    assert directory.is_closed(held(directory, ann).own_hash)
    assert not product.inside(email)
    assert not product.opens(email, OLD)
    assert not product.opens(email, OURS)
    reset(directory, ann, UNTIL, directory.hash(OURS))
    assert product.opens(email, OURS)


@pytest.mark.parametrize("product", [DEVISE], ids=str, indirect=True)
def test_unlocking_lifts_a_lock_and_so_does_a_reset(product: Product) -> None:
    bob, email = key_of(product, "bob"), "bob@acme.example"
    directory = directory_of(product)
    assert not directory.by_keys([bob])[bob].may_be_locked
    assert product.talk.ask("lock", email=email)
    assert not product.opens(email, OLD)
    assert directory.by_keys([bob])[bob].may_be_locked
    assert directory.unlock(bob)
    assert product.opens(email, OLD)
    assert not directory.by_keys([bob])[bob].may_be_locked
    assert product.talk.ask("lock", email=email)
    reset(directory, bob, UNTIL, directory.hash(OURS))
    assert product.opens(email, OURS)


@pytest.mark.parametrize("product", DJANGOS, ids=str, indirect=True)
def test_after_an_update_its_new_cost_is_written(product: Product) -> None:
    """Django hashes anew whoever signs in with a cheaper hash, and so the latest sign-ins tell its cost. Last in this
    file: from here on it is dear."""
    directory, joe = directory_of(product), key_of(product, "joe")
    version = product.talk.ask("update")
    assert version == ([5, 2, 1_000_000] if product.case is DJANGOS[0] else [6, 1, 1_500_000])
    for name in ("jane", "bob"):
        assert product.enter(f"{name}@acme.example", OLD)
    _, new = reset(directory, joe, UNTIL, directory.hash(OURS))
    assert FORMATS["django-pbkdf2-sha256"].parameters(new.secret or "") == str(version[-1])
    assert product.opens("joe@acme.example", OURS)
    assert held(directory, joe).own_hash == new.secret
