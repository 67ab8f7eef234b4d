"""Targets of the fuzzer by name, where each search starts, and which words it may put in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import fuzz_files
import fuzz_strings


@dataclass(frozen=True)
class Target:
    """One kind of hostile input."""

    function: Callable[[bytes], None]
    modules: list[str]
    """Whose branches guide the search."""
    seeds: list[str]
    """Inputs the search starts from; one character is one byte where all are below 256."""
    words: list[str]
    """Pieces the search may put in."""


TARGETS: dict[str, Target] = {
    "formula": Target(
        fuzz_strings.formula,
        ["matprior.notations", "matprior.tokens.composition", "matprior.tokens.decoding"],
        ["Fe2O3", "(NH4)2SO4", "CuSO4·5H2O", "Fe0.620C9.5e-4", "K3[Fe(CN)6]", "SO4^2-", "Ti-6Al-4V (wt%)",
         "Li{Ni0.8[Co0.1]}O₂", "D2O", "60Fe40Ni at%", "CaCO3*0.5 H2O", "YBa2Cu3O7-x", "Al0.5Ga0.5As"],
        ["Fe", "Og", "(", "]", "·", "^2-", "wt%", "at%", "H2O", "0.5", "e-4", "₂", "²⁺", "-x", "D", "{"],
    ),
    "smiles": Target(
        fuzz_strings.smiles,
        ["matprior.notations.smiles_reading", "matprior.notations.smiles_changes", "matprior.tokens.smiles"],
        ["CCO", "c1ccccc1", "[Na+].[Cl-]", "C[C@@H](N)C(=O)O", "F/C=C/F", "*CC(*)C", "C1CC%10CC1CC%10", "C$C",
         "[13CH3:1]", "[Fe@OH26](C)(N)", "CC>>CO", "c1cc[nH]c1", "N#N", "[O-][N+](=O)c1ccccc1", "C~C"],
        ["Cl", "Br", "[nH]", "@@", "@TH1", "@SP2", "@OH26", "%12", "%(123)", ">>", "[Fe+2]", "se",
         "(=O)", "/"],
    ),
    "selfies": Target(
        fuzz_strings.selfies,
        ["matprior.notations.selfies", "matprior.notations.smiles_reading", "matprior.tokens.selfies"],
        ["\x00[C][C][O]", "\x00[C][=C][Branch1][C][O][C].[Na+1]", "\x00[nop]", "\x80abcdef", "\xff\x01\x02"],
        ["[C]", "[=C]", "[Branch1]", "[Ring1]", "[#Branch2]", "[nop]", "[O-1]", ".", "[C@@H1]", "[/C]"],
    ),
    "cells": Target(
        fuzz_files.cells,
        ["matprior.data.text"],
        ["formula,gap_eV\nFe2O3,2.0\nNaCl,8.5\n", "formula;gap\nFe2O3;2,0\n", "sep=;\na;b\n1;2\n",
         'a,"b\nc"\n1,2\n', "formula\nNaCl\nKCl\n", "a b\nx 1\ny 2\n", "a\tb\n1\t2\n", "a|b\n1|2\n"],
        ["sep=", '"', "\n", "\r\n", ";", ",", "\t", "1e5"],
    ),
    "table": Target(
        fuzz_files.table,
        ["matprior.data.table"],
        ["\x80formula,gap_eV\nFe2O3,2.0\nO3Fe2,2.2\nNaCl,8.5\nXx,1\n", "\x00formula\nNaCl\nKCl\n\nXx\n",
         "\x80name;formula;gap_eV\na;Fe2O3;2,0\nb;NaCl;n/a\n", "\x00smiles\nCCO\nc1ccccc1\n",
         "\x80formula,gap_eV,fold\nNaCl,1,0\nNaCl,2,0\nKCl,3,1\n"],
        ["formula", "gap_eV", "smiles", "NaCl", "nan", "inf", "1,5", "\n", "#", "fold", "±", "<", "K"],
    ),
    "recipe": Target(
        fuzz_files.recipe,
        ["matprior.data.recipe", "matprior.pretraining.kinds"],
        ["name: a\nsize: tiny\nsources: [a.txt]\n", "training: {epochs: 3, keep: last}\n",
         "notation: smiles\nname: m\nsources:\n- {file: a.csv, limit: 3}\n", "masked_atoms: {weight: 0.5}\n",
         "seed: 1\n\0training.epochs=2\nname=b", "properties: [{name: gap, files: [a.csv], column: gap}]\n"],
        ["notation:", "smiles", "training:", "sources:", "weight:", "null", ".nan",
         "!!python/object", "&a", "*a"],
    ),
    "folder": Target(
        fuzz_files.folder,
        ["matprior.estimators.folder", "matprior.models.damage", "matprior.strategies"],
        ["\x00\x00\x10\x01null", "\x03\x00\x20\x01[1]", "\x06\x00\x01\x01zz", "\x05\x00\x00\x03{}"],
        ["null", "{}", "[]", "-1", "1e999", "NaN", "fitted", "parameters"],
    ),
    "network": Target(
        fuzz_files.network,
        ["matprior.estimators.folder", "matprior.models.damage", "matprior.models.matbert"],
        ["\x00\x00\x10\x01null", "\x01\x00\x20\x01\0\0", "\x02\x00\x01\x01zz", "\x00\x00\x00\x03{}"],
        ["model_type", "null", "{}", "[]", "-1", "1e999", "auto_map", "NaN", "hidden_size", "notation"],
    ),
}  # fmt: skip
"""Name -> what one execution does, and what guides the search."""
