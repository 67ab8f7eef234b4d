"""What a string means: which notations there are, and the error they raise.

No torch and no tensors here. Everything else in the package may import from this folder.
"""

from matprior.notations.base import InvalidString, Notation
from matprior.notations.composition import (
    Composition,
    CompositionNotation,
    fraction_matrix,
    parse,
    parse_amounts,
)
from matprior.notations.material_classes import classes_of
from matprior.notations.selfies import SelfiesNotation
from matprior.notations.smiles import SmilesNotation

NOTATIONS: dict[str, Notation] = {
    "composition": CompositionNotation(),
    "smiles": SmilesNotation(),
    "selfies": SelfiesNotation(),
}
"""Name in a recipe -> notation. `read_table` looks at a column through each of them."""

__all__ = [
    "NOTATIONS",
    "Composition",
    "CompositionNotation",
    "InvalidString",
    "Notation",
    "SelfiesNotation",
    "SmilesNotation",
    "classes_of",
    "fraction_matrix",
    "parse",
    "parse_amounts",
]
