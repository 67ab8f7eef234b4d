"""Listening: a socket of our own, so that a taken port is a sentence and no traceback; uvicorn on it."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Callable

from matprior.web.app import App


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach a host.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "192.168.1.7")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Raises
    ------
    ValueError
        The port is taken, forbidden or out of range, or the host is not one of this computer.
    """
    if not 0 <= port <= 65535:
        raise ValueError(f"--port is {port}; expected 0 (any free one) to 65535.")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            fix = (
                f"Port {port} is taken, perhaps by another matprior serve. Choose another with --port, or 0."
            )
        elif error.errno == errno.EACCES:
            fix = f"Port {port} needs rights of an administrator. Choose one from 1024 on."
        else:
            fix = f"{host} is no address of this computer ({error.strerror or error}). Leave --host out."
        raise ValueError(f"Cannot listen on {host}, port {port}. {fix}") from None


def address(host: str, sock: socket.socket) -> str:
    """What to type into a browser."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{sock.getsockname()[1]}"


def run(app: App, sock: socket.socket, ready: Callable[[], None] | None = None) -> None:
    """Serve until somebody stops it.

    Parameters
    ----------
    app : what answers
    sock : as `listen` gives it
    ready : called once requests are answered
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if ready is not None:
                ready()

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=5,
        # Idle connections cost little; the guard counts those that work.
        limit_concurrency=16 * app.world.limits.requests,
    )
    Server(config).run(sockets=[sock])
