"""Files from the web: fetched once, checked, resumed after a cut. The one door for pooch.

A download that stops half-way keeps what it has in `<file>.part`; the next try asks the server
for the rest only, as long as the server says that the file is still the same.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import IO, Any

CACHE_VARIABLE = "MATPRIOR_CACHE"
RETRIES = 2
TIMEOUT = 30.0
"""Seconds without a byte after which a server counts as gone."""


class DownloadError(ValueError):
    """A file could not be had, with the address, the reason and what to do instead."""


def cache_folder() -> Path:
    """Where downloaded and built tables live: MATPRIOR_CACHE, or the platform's cache folder.

    Examples
    --------
    >>> import os
    >>> os.environ["MATPRIOR_CACHE"] = "/tmp/matprior-example"
    >>> str(cache_folder())
    '/tmp/matprior-example'
    """
    from platformdirs import user_cache_dir

    return Path(os.environ.get(CACHE_VARIABLE) or user_cache_dir("matprior", appauthor=False))


def fetch(url: str, path: Path, sha256: str | None = None, retries: int = RETRIES) -> Path:
    """Download `url` to `path`, unless it is there already with the right content.

    Parameters
    ----------
    sha256 : expected checksum; None where the publisher gives none: then only the length is checked
    retries : further tries after a failed one

    Raises
    ------
    DownloadError
        The server cannot be reached, the file is gone, or its content is not what was published.
    """
    import pooch
    import requests

    pooch.get_logger().setLevel(logging.ERROR)  # it prints to the terminal by itself otherwise
    registry = {path.name: f"sha256:{sha256}" if sha256 else None}
    keeper = pooch.create(
        path=path.parent, base_url="", registry=registry, urls={path.name: url}, retry_if_failed=retries
    )
    try:
        return Path(keeper.fetch(path.name, downloader=resume))
    except requests.exceptions.RequestException as error:
        raise DownloadError(_unreachable(url, path, error)) from error
    except ValueError as error:
        if sha256 is None:
            raise
        raise DownloadError(
            f"The file at {url} is not the published one: expected SHA-256 {sha256}. It was changed at the "
            "source or on the way; nothing was kept. Try again, or use a local copy (set MATPRIOR_DATA to "
            "its folder)."
        ) from error


def resume(url: str, output_file: str | Path | IO[bytes], keeper: Any) -> None:
    """A pooch downloader that goes on where the last try stopped."""
    import requests

    # pooch hands over a temporary name that it throws away after a failure, so the part is kept apart.
    name = next(name for name, address in keeper.urls.items() if address == url)
    part, mark = Path(keeper.path) / f"{name}.part", Path(keeper.path) / f"{name}.part.version"
    headers = {"Accept-Encoding": "identity"}
    if part.exists() and mark.exists():
        # If-Range: when the file was changed meanwhile, the server sends all of the new one.
        headers |= {"Range": f"bytes={part.stat().st_size}-", "If-Range": mark.read_text(encoding="utf-8")}
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
        if response.status_code == 416:  # the part is as long as the file, or longer
            part.unlink()
            raise requests.exceptions.ConnectionError("the part kept from an earlier try did not fit")
        response.raise_for_status()
        version = response.headers.get("ETag") or response.headers.get("Last-Modified")
        mark.unlink(missing_ok=True)
        with open(part, "ab" if response.status_code == 206 else "wb") as stream:
            if version:
                mark.write_text(version, encoding="utf-8")
            for block in response.iter_content(1 << 16):
                stream.write(block)
    mark.unlink(missing_ok=True)
    target = Path(output_file)  # type: ignore[arg-type]  # pooch passes a name, never a stream
    os.replace(part, target)


def _unreachable(url: str, path: Path, error: Exception) -> str:
    response = getattr(error, "response", None)
    reason = f"the server answered {response.status_code}" if response is not None else "no connection"
    return (
        f"Could not download {url}: {reason}. Check the connection, save the file yourself as {path}, "
        "or set MATPRIOR_DATA to a folder that holds the set."
    )
