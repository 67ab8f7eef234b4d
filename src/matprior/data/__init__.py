"""Tables, and who is tested on what. Nothing in this folder imports torch.

Names are loaded on first use, so that asking for one does not load pandas for the others.
"""

from matprior.lazy import on_first_use

_HOMES = {
    "Task": "matprior.data.task",
    "unit_of": "matprior.data.units",
    "Table": "matprior.data.table",
    "read_table": "matprior.data.table",
    "read_strings": "matprior.data.table",
    "write_bad_rows": "matprior.data.table",
    "bad_rows_beside": "matprior.data.table",
    "SPLITS": "matprior.data.split",
    "Split": "matprior.data.split",
    "RandomFolds": "matprior.data.split",
    "GroupFolds": "matprior.data.split",
    "LeaveClusterOut": "matprior.data.split",
    "ColumnFolds": "matprior.data.split",
    "TrainTestColumn": "matprior.data.split",
    "ButinaFolds": "matprior.data.molecule_split",
    "DeepChemScaffoldSplit": "matprior.data.molecule_split",
}
__getattr__, __dir__, __all__ = on_first_use(__name__, _HOMES)
