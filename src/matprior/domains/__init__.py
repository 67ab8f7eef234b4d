"""When the rows asked about are unlike the rows learned from: how unlike, and what helps.

Names are loaded on first use.
"""

from matprior.lazy import on_first_use

_HOMES = {
    "ALIGNMENTS": "matprior.domains.alignment",
    "METHODS": "matprior.domains.adapting",
    "adapt": "matprior.domains.adapting",
    "measure_shift": "matprior.domains.shift",
    "read_chain": "matprior.domains.chain",
    "transfer": "matprior.domains.transfer",
}
__getattr__, __dir__, __all__ = on_first_use(__name__, _HOMES)
