"""Flask-Security with a SQLAlchemy table as its documentation makes it; Werkzeug and pwdlib beside it."""

from __future__ import annotations

import sys
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_security import Security, SQLAlchemySessionUserDatastore, auth_required
from flask_security.changeable import admin_change_password
from flask_security.models import sqla
from flask_security.utils import hash_password, verify_password
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher
from sqlalchemy import Column, String, create_engine
from sqlalchemy.orm import DeclarativeBase, scoped_session, sessionmaker
from werkzeug.security import check_password_hash, generate_password_hash

from tests.products.python_side import answer

SALT = "146585145368132386173505678016728509634"
WERKZEUG = {"werkzeug-scrypt": "scrypt", "werkzeug-pbkdf2": "pbkdf2:sha256"}
PWDLIB = {"argon2id": PasswordHash((Argon2Hasher(),)), "bcrypt-2b": PasswordHash((BcryptHasher(),))}


class Base(DeclarativeBase):
    pass


sqla.FsModels.set_db_info(base_model=Base)


class Role(Base, sqla.FsRoleMixin):
    __tablename__ = "role"


class User(Base, sqla.FsUserMixin):
    __tablename__ = "user"
    first_name = Column(String(255))
    last_name = Column(String(255))


class WebAuthn(Base, sqla.FsWebAuthnMixin):
    __tablename__ = "web_authn"


engine = create_engine(sys.argv[1])
session = scoped_session(sessionmaker(bind=engine))
store = SQLAlchemySessionUserDatastore(session, User, Role, WebAuthn)


def site(scheme: str, **cost: int) -> Flask:
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="only for this test",
        SECURITY_PASSWORD_HASH=scheme,
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={f"{scheme}__{name}": each for name, each in cost.items()},
        SECURITY_PASSWORD_SALT=SALT,
        SECURITY_TRACKABLE=True,
        WTF_CSRF_ENABLED=False,
    )
    Security(app, store)

    @app.route("/inside")
    @auth_required()
    def _inside() -> str:
        return "inside"

    @app.teardown_appcontext
    def _end(_: BaseException | None) -> None:
        session.remove()  # as in a product, each request sees the rows as they are

    return app


SITES = {"flask-security-argon2": site("argon2"), "flask-security-bcrypt": site("bcrypt")}
app = site("argon2", rounds=1, memory_cost=1024, parallelism=1)  # for people; hashes at the cost it comes with
browsers: dict[str, FlaskClient] = {}


def make(people: list[dict[str, Any]]) -> None:
    Base.metadata.create_all(engine)
    with app.app_context():
        for each in people:
            user = store.create_user(
                email=each["email"],
                password=hash_password(each["password"]),
                first_name=each["first"],
                last_name=each["last"],
                us_phone_number=each["phone"],
                active=each["active"],
            )
            if each["admin"]:
                store.add_role_to_user(user, store.find_or_create_role("admin"))
        store.commit()


def opens(email: str, password: str) -> bool:
    with app.app_context():
        return bool(verify_password(password, store.find_user(email=email).password))


def enter(email: str, password: str) -> bool:
    browsers[email] = app.test_client()
    told = browsers[email].post("/login", json={"email": email, "password": password})
    return told.status_code == 200


def inside(email: str) -> bool:
    return browsers[email].get("/inside", headers={"Accept": "application/json"}).status_code == 200


def choose(email: str, password: str) -> None:
    with app.app_context():
        admin_change_password(store.find_user(email=email), password, notify=False)
        store.commit()


def stale(email: str) -> bool:
    """Whether a sign-in writes another hash."""
    with app.app_context():
        return bool(app.extensions["security"].pwd_context.needs_update(store.find_user(email=email).password))


def make_hash(name: str, password: str) -> str:
    if name in WERKZEUG:
        return generate_password_hash(password, WERKZEUG[name])
    if name in PWDLIB:
        return PWDLIB[name].hash(password)
    with SITES[name].app_context():
        return str(hash_password(password))


def check_hash(name: str, password: str, stored: str) -> list[Any]:
    if name in WERKZEUG:
        return [check_password_hash(stored, password), False]
    if name in PWDLIB:
        opened, fresh = PWDLIB[name].verify_and_update(password, stored)
        return [opened, fresh is not None]
    with SITES[name].app_context():
        return [
            verify_password(password, stored),
            SITES[name].extensions["security"].pwd_context.needs_update(stored),
        ]


answer({each.__name__: each for each in (make, opens, enter, inside, choose, stale, make_hash, check_hash)})
