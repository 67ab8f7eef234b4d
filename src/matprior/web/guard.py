"""The door of the server: who may ask, how much at once, and what every answer carries.

A page of the outside may send requests to a server on this computer through the visitor's browser. Names
are checked against DNS rebinding, origins against forged requests, and a policy lets the page run no code
but its own.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matprior.web.limits import Limits
from matprior.web.problems import refusal

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""On every answer."""
READING = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing and cost little."""


class Guard:
    """ASGI middleware around the whole app.

    Parameters
    ----------
    app : what is guarded
    limits : sizes, times and numbers
    names : host names, beside localhost and plain IP addresses, under which the server may be called
    """

    def __init__(self, app: ASGIApp, limits: Limits, names: Collection[str] = ()) -> None:
        self.app = app
        self.limits = limits
        self.names = {"localhost", *(name.lower() for name in names)}
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with limits."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(receive, self.limits)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            if body.refused is None:
                await send(message)

        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, answer)
            return
        heavy = scope["method"] not in READING
        self.running += heavy
        try:
            await self.app(scope, body.receive, answer)
        except Exception:
            if body.refused is None:
                raise
        finally:
            self.running -= heavy
        if (late := body.refused) is not None:
            body.refused = None
            await late(scope, receive, answer)

    def _refused(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self.knows(host):
            return refusal(
                421,
                "bad_host",
                f"This server is not known as {host[:80]!r}. Open it by the address that the terminal "
                "shows, or start it with --allow-host NAME.",
            )
        if scope["method"] in READING:
            return None
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "same-origin")
        if (origin is not None and urlsplit(origin).netloc != host) or site not in ("same-origin", "none"):
            return refusal(
                403, "cross_site", "The request comes from another web site; use the server's own page."
            )
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > self.limits.upload_bytes:
            return _too_large(self.limits)
        if self.running >= self.limits.requests:
            return refusal(
                429,
                "busy",
                f"The server works on {self.limits.requests} requests already. Try again in a second.",
            )
        return None

    def knows(self, host: str) -> bool:
        """Whether the server may be called so.

        A plain IP address is safe: rebinding needs a name whose address an attacker can change.
        """
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if name in self.names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


class _Body:
    """The arriving body, counted and timed; `refused` says why it was cut off."""

    def __init__(self, receive: Receive, limits: Limits) -> None:
        self._receive = receive
        self._limits = limits
        self._size = 0
        self._whole = False
        self.refused: Any = None

    async def receive(self) -> Message:
        """The next part, or a disconnection once too much has come."""
        if self._whole:
            return await self._receive()  # waits for the visitor to leave: no limit
        try:
            message = await asyncio.wait_for(self._receive(), self._limits.seconds)
        except TimeoutError:
            self.refused = refusal(
                408, "too_slow", f"The request did not arrive within {self._limits.seconds:g} seconds."
            )
            return {"type": "http.disconnect"}
        self._size += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._size > self._limits.upload_bytes:
            self.refused = _too_large(self._limits)
            return {"type": "http.disconnect"}
        return message


def _too_large(limits: Limits) -> Response:
    return refusal(
        413,
        "too_large",
        f"The request is larger than {limits.upload_mb:g} MB. Send fewer rows, or use matprior predict.",
    )
