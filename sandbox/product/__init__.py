"""A stand-in for a company's product: the web sign-in of "StatStak Labs" over the product's own database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.product.accounts import Accounts, Member, No, Session, Unavailable
from sandbox.product.cookie import NAME, Seal
from sandbox.product.elsewhere import Elsewhere
from sandbox.product.phones import phones_of

__all__ = ["Elsewhere", "Product"]

_TEMPLATES = Path(__file__).parent.parent / "templates" / "product"
_PHONES_LOOKED_AT = 20
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'self'; frame-ancestors 'self'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_SAID = {
    No.WRONG: "Wrong password.",
    No.LOCKED: "Too many wrong passwords. This account is locked for an hour; support can unlock it.",
    No.DEACTIVATED: "This account is deactivated.",
    No.EXPIRED: "This temporary password has expired. Ask support for a new one.",
    No.USED: "This temporary password was already used; it works once. Ask support for a new one.",
    No.TOO_SHORT: "Use at least 8 characters.",
    No.IS_TEMPORARY: "That is the temporary password. Choose a different one.",
    No.ENDED: "You were signed out. Sign in again.",
}
_DIFFERENT = "The two are not the same. Type the new password twice."


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since 1970, as the sandbox counts them."""


class Product:
    def __init__(self, url: str, clock: Clock, changed: Callable[[], None]) -> None:
        self._accounts = Accounts(url, clock.now)
        self._changed = changed
        self._seal = Seal()
        self._own_password_chosen = False
        self._templates = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True)

    sign_in_page = "/product/sign-in"

    def routes(self) -> list[BaseRoute]:
        pages: list[tuple[str, Callable[[Request], Awaitable[Response]], list[str]]] = [
            ("/product/sign-in", self._show_sign_in, ["GET"]),
            ("/product/sign-in", self._sign_in, ["POST"]),
            ("/product/choose-password", self._show_choose, ["GET"]),
            ("/product/choose-password", self._choose, ["POST"]),
            ("/product/home", self._home, ["GET"]),
            ("/product/sign-out", self._sign_out, ["GET", "POST"]),
        ]
        return [Route(path, self._or_sorry(page), methods=methods) for path, page, methods in pages]

    def people_with_phones(self) -> list[dict[str, Any]]:
        """The few people whose phones the demo shows: the first on record whose number takes texts."""
        try:
            return phones_of(self._accounts.first_people(_PHONES_LOOKED_AT))
        except Unavailable:
            return []

    def story(self) -> dict[str, bool]:
        return {"own_password_chosen": self._own_password_chosen}

    async def _show_sign_in(self, request: Request) -> Response:
        error = _SAID[No.WRONG] if request.query_params.get("wrong") else ""
        return self._page("sign_in.html", email=request.query_params.get("email", ""), error=error)

    async def _sign_in(self, request: Request) -> Response:
        form = await _form(request)
        email = form.get("email", "")
        result = await run_in_threadpool(self._accounts.sign_in, email, form.get("password", ""))
        if isinstance(result, No):
            return self._page("sign_in.html", email=email, error=_SAID[result])
        self._changed()
        member = await run_in_threadpool(self._accounts.member, result)
        return self._go("choose-password" if member is not None and member.must_choose else "home", result)

    async def _show_choose(self, request: Request) -> Response:
        session, member = await self._signed_in(request)
        if session is None or member is None:
            return self._go("sign-in", None)
        return self._page("choose.html", member=member, ask_current=not session.temporary, error="")

    async def _choose(self, request: Request) -> Response:
        session, member = await self._signed_in(request)
        if session is None or member is None:
            return self._page("sign_in.html", email="", error=_SAID[No.ENDED])
        form = await _form(request)
        error = _DIFFERENT
        if form.get("new", "") == form.get("again", ""):
            new, current = form.get("new", ""), form.get("current", "")
            result = await run_in_threadpool(self._accounts.choose_password, session, current, new)
            if isinstance(result, Session):
                self._own_password_chosen = self._own_password_chosen or session.temporary
                self._changed()
                return self._go("home?changed=1", result)
            error = _SAID[result]
        return self._page("choose.html", member=member, ask_current=not session.temporary, error=error)

    async def _home(self, request: Request) -> Response:
        session, member = await self._signed_in(request)
        if session is None or member is None:
            return self._go("sign-in", None)
        if member.must_choose:
            return self._go("choose-password", session)
        return self._page("home.html", member=member, changed="changed" in request.query_params)

    async def _sign_out(self, _request: Request) -> Response:
        return self._go("sign-in", None)

    async def _signed_in(self, request: Request) -> tuple[Session | None, Member | None]:
        session = self._seal.read(request.cookies.get(NAME, ""))
        if session is None:
            return None, None
        return session, await run_in_threadpool(self._accounts.member, session)

    def _page(self, template: str, status: int = 200, **facts: object) -> Response:
        return HTMLResponse(self._templates.get_template(template).render(facts), status, _HEADERS)

    def _go(self, where: str, session: Session | None) -> Response:
        answer = RedirectResponse(f"/product/{where}", 303, _HEADERS)
        if session is None:
            answer.delete_cookie(NAME, path="/product", httponly=True, samesite="strict")
        else:
            answer.set_cookie(NAME, self._seal.write(session), path="/product", httponly=True, samesite="strict")
        return answer

    def _or_sorry(self, page: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return await page(request)
            except Unavailable:
                return self._page("sorry.html", 503)

        return endpoint


async def _form(request: Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
