"""Numbers on pages that no results file holds, with where they come from; read by `test_numbers.py` alone.

Nothing that was measured here belongs into `QUOTED`: it has options and limits of the code, examples, rules,
counts that other tests hold, and what others published, with the source.
"""

from __future__ import annotations

MOSES = "published for MOSES, Polykovskiy et al. 2020"
ROWS = "rows of an embedded set, counted by tests/data"
RULE = "a rule of the code"
OPTION = "an option or a limit of the code"
EXAMPLE = "an example on the page"
ELEMENTS = "there are so many elements"
DESCRIPTORS = "descriptors of recipes/molbert-small.yaml"
IDS = "a position in BERT's vocabulary, or an atomic number"
AMOUNTS = dict.fromkeys(["0.50", "0.52", "0.0005", "0.0010"], EXAMPLE)
IN_BOTH_READMES = {
    "3.11": "a version of Python",
    "100": OPTION,
    "4.0": "the version of a licence",
    "204": DESCRIPTORS,
    "100,000": "in the name of a record",
    "300": "in the name of a record",
}

QUOTED: dict[str, dict[str, str]] = {
    "README.md": IN_BOTH_READMES,
    "README.ja.md": {
        **IN_BOTH_READMES,
        "200": "million parameters of matbert-small, in units of ten thousand, rounded",
        "280": "million parameters of molbert-small, in units of ten thousand, rounded",
    },
    "audit.md": {"0.02": OPTION},
    "comparing.md": {
        **dict.fromkeys(["8.692", "9.082", "33.46", "11.21", "12.78"], "published by Wang et al. 2021"),
        **dict.fromkeys(["0.60", "1.04", "0.44", "0.04"], "an example of the sentence that is printed"),
        "5,000": "which tables the benchmark takes",
    },
    "compositions.md": {
        "118": ELEMENTS,
        **dict.fromkeys(["2,000", "100", "0.5", "0.000001"], RULE),
        "203": EXAMPLE,
    },
    "data.md": {
        **dict.fromkeys(["1,151", "2,044", "13,680", "4,686", "3,785", "4,645", "636"], ROWS),
        "1,960": "rows before the check of masses",
        "298.15": "K, the standard temperature",
        "0.5": RULE,
        "0.0001": RULE,
    },
    "describing.md": {
        **dict.fromkeys(["0.1", "0.05", "0.25", "0.5", "0.01"], "steps and limits of the grammar"),
        **dict.fromkeys(["2.2", "2.1", "2.0", "5.0"], EXAMPLE),
        **dict.fromkeys(["0.3", "0.15"], "what a described number may be off by"),
    },
    "design.md": {"101": IDS, "102": IDS},
    "domains.md": {
        "500": OPTION,
        "100": "a share told as 99 of 100",
        "1.64": "standard errors of a one-sided 5 % test",
    },
    "errors.md": {"130": "an exit code"},
    "evaluating.md": {
        "0.9": "what bars of 90 % promise",
        "150": OPTION,
        "0.3": "the square root of 0.9 · 0.1",
        "0.03": "0.3/√100",
    },
    "fewshot.md": {
        **dict.fromkeys(["75.0", "63.7", "84.9", "75.1"], "published for PAR, Wang et al. 2021"),
        "0.9": OPTION,
        "128": OPTION,
        "1,500": OPTION,
        "256": OPTION,
        "200": OPTION,
    },
    "fitting.md": {
        "0.5": "published by Seitzer et al. 2022",
        "192": "width of matbert-small",
        "256": "width of molbert-small",
        "204": DESCRIPTORS,
    },
    "generation.md": {
        "109,167": "formulas of the recipe",
        "169": "formulas of the recipe",
        "28,526": "formulas of the recipe",
        "617": "a page of a journal",
        **dict.fromkeys(["0.6419", "0.8567", "0.9907", "0.924", "0.896"], MOSES),
        "1,584,663": "molecules of MOSES to learn from",
        "176,074": "molecules of MOSES to test with",
        **dict.fromkeys(["250", "350"], "limits of weight in MOSES"),
        **dict.fromkeys(["0.5", "128", "1,500", "3,000"], OPTION),
        **dict.fromkeys(["1.5", "3.5", "270", "340"], "asked for, in the name of a record"),
    },
    "hard-prompts.md": {
        "4.18": "published by Bartel et al. 2019",
        "576": "compounds of Bartel et al. 2019",
        "512": "formulas a step, of recipes/matbert-tiny.yaml",
    },
    "molecules.md": {
        "118": ELEMENTS,
        "204": DESCRIPTORS,
        **dict.fromkeys(["0.82", "0.76", "0.84", "0.91", "0.93"], "published for TransPolymer"),
    },
    "pitfalls.md": {"0.05": EXAMPLE, "101": IDS, "118": ELEMENTS, "3.7": EXAMPLE},
    "pretraining.md": {
        **AMOUNTS,
        "384": "a size of the network",
        "192": "a size of the network",
        "2,000": OPTION,
        "99.8": OPTION,
        "0.0001": RULE,
    },
    "scaling.md": {
        "2.50": "a price that is assumed",
        "0.04": "a price that is assumed",
        "300": "a rate that is assumed",
    },
    "screening.md": {
        "4,096": OPTION,
        "256": OPTION,
        "20,000": OPTION,
        "300": "trees of the peer",
    },
    "serving.md": {
        **dict.fromkeys(["20,000", "2,000", "5,000"], OPTION),
        **dict.fromkeys(["408", "413", "429", "503"], "a status of HTTP"),
    },
    "studies.md": {"2,000": OPTION, "1,000": OPTION, "1,500": OPTION},
    "01-tokenizers.md": {"0.1": EXAMPLE, "101": IDS},
    "02-matbert.md": AMOUNTS,
    "04-fine-tuning.md": {"1,151": ROWS, "150": EXAMPLE},
    "06-prompts.md": {"200": "rows that the lesson draws"},
    "09-molecules.md": {"240": "rows that the lesson draws"},
    "10-pitfalls.md": {"101": IDS, "102": IDS, "118": ELEMENTS, "2,000": "columns that the lesson draws"},
}
"""Page -> number -> where it comes from."""

ELSEWHERE: dict[str, dict[str, str]] = {
    "03-pretraining.md": {"410,020": "hard_prompts"},
}
"""Page -> number -> the results file that holds it, named on another page that this one links."""

DERIVED: dict[str, dict[str, str]] = {
    "generation.md": {"1.4": "1990.4 / 1432.4"},
    "hard-prompts.md": {"0.043": "0.71619 - 0.67333", "0.014": "0.63478 - 0.62112"},
}
"""Page -> number -> how it follows from two numbers of records."""
