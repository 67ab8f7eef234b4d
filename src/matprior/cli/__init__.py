"""The command line: one short function per verb over the Python API. Only this folder prints."""

from __future__ import annotations


def main() -> None:
    """Entry point of the `matprior` command."""
    from matprior.cli.app import run

    run()
