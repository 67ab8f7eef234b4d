"""Millions of strings through a fitted model, the best of them kept; and models for other runtimes.

Names are loaded on first use: the process that hands out the work needs no torch.
"""

from matprior.lazy import on_first_use

_HOMES = {
    "Screening": "matprior.screening.options",
    "export": "matprior.screening.exporting",
    "screen": "matprior.screening.run",
}
__getattr__, __dir__, __all__ = on_first_use(__name__, _HOMES)
