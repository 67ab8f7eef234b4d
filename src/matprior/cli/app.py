"""The verbs of `matprior`, and what a person sees when something is wrong.

Exit codes: 0 done, 1 a fault of ours (with a traceback to send us), 2 something to correct in the
command or the data (one message, no traceback), 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

import typer

from matprior.cli import (
    adapt,
    ask,
    audit,
    benchmark,
    classes,
    clean,
    compare,
    compare_masking,
    data,
    describe,
    embed,
    evaluate,
    evaluate_generation,
    explain,
    export,
    fewshot,
    fit,
    generate,
    learning_curve,
    models,
    predict,
    pretrain,
    probe,
    prompts,
    screen,
    serve,
    shift,
    suggest,
    tokenize,
    transfer,
)
from matprior.cli.console import error_console, remember
from matprior.cli.verb import Verb

app = typer.Typer(
    name="matprior",
    help="Pretrained models and transfer learning for materials written as strings.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
VERBS: dict[str, Callable[..., None]] = {
    "fit": fit.fit,
    "predict": predict.predict,
    "screen": screen.screen,
    "evaluate": evaluate.evaluate,
    "export": export.export,
    "tokenize": tokenize.tokenize,
    "classes": classes.classes,
    "ask": ask.ask,
    "embed": embed.embed,
    "clean": clean.clean,
    "pretrain": pretrain.pretrain,
    "compare-masking": compare_masking.compare_masking,
    "probe": probe.probe,
    "compare": compare.compare,
    "benchmark": benchmark.benchmark,
    "audit": audit.audit,
    "explain": explain.explain,
    "learning-curve": learning_curve.learning_curve,
    "serve": serve.serve,
    "fewshot": fewshot.fewshot,
    "suggest": suggest.suggest,
    "shift": shift.shift,
    "adapt": adapt.adapt,
    "transfer": transfer.transfer,
    "generate": generate.generate,
    "describe": describe.describe,
    "evaluate-generation": evaluate_generation.evaluate_generation,
}
"""Verb -> function. The README's table is checked against this."""
for _name, _function in VERBS.items():
    _settings = benchmark.FREE if _name == "benchmark" else None
    app.command(_name, cls=Verb, context_settings=_settings)(_function)
app.add_typer(data.app, name="data")
app.add_typer(models.app, name="models")
app.add_typer(prompts.app, name="prompts")

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""Errors of a disk that takes nothing more."""
STOPPED = 130
"""Exit code of Ctrl-C, as shells have it."""
NOTHING_TORN = (
    "What was being written is not there, and files that were finished are whole. Make room, or choose "
    "another --output, and give the command again."
)


def _version(show: bool) -> None:
    if show:
        from matprior import __version__

        typer.echo(f"matprior {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Pretrained models and transfer learning for materials written as strings."""


def run(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    # Hugging Face writes its advice to stderr; a chemist should see ours alone.
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    remember(sys.argv[1:] if arguments is None else arguments)
    try:
        app(arguments, prog_name="matprior")
    except ValueError as error:  # what people can correct is a ValueError, by our law
        _refuse(str(error))
    except (
        FileNotFoundError,
        FileExistsError,
        IsADirectoryError,
        NotADirectoryError,
        PermissionError,
    ) as error:
        _refuse(f"{error.strerror}: {error.filename!r}.")
    except MemoryError:
        _refuse("There is not enough memory. Close other programs, or give fewer rows at once.")
    except KeyboardInterrupt:  # a second one, while typer deals with the first
        _stopped()
    except SystemExit as leave:
        if leave.code == STOPPED:  # typer leaves so after Ctrl-C, without a word
            _stopped()
        raise
    except Exception as error:
        # The writer of weights and the copier of folders tell of a full disk in words alone.
        for words in map(os.strerror, NO_ROOM):
            if words in str(error):
                _refuse(f"{words}. {NOTHING_TORN}")
        _fault()


def _stopped() -> None:
    error_console().print("Stopped. Finished files and checkpoints are kept.")
    sys.exit(STOPPED)


def _fault() -> None:
    error_console().print_exception(width=100)
    error_console().print(
        "This is a fault of matprior, not of your data. Please report it with the lines above."
    )
    sys.exit(1)


def _refuse(message: str) -> None:
    console = error_console()
    console.print("[bold red]Error:[/] ", end="")
    console.print(message, markup=False, highlight=False, soft_wrap=not console.is_terminal)
    if os.environ.get("MATPRIOR_DEBUG"):
        console.print_exception()
    sys.exit(2)
