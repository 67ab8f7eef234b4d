"""How descriptions say a fact, in English and Japanese: many ways for each, all of one shape.

A sentence is a beginning, the value, and an end that may depend on what the value means. So every
paraphrase of a fact has the same number of tokens, and the place of a token tells what it says. `▁` is a
space behind a sentence.
"""

from __future__ import annotations

from typing import NamedTuple


class Phrase(NamedTuple):
    """One way to say a fact."""

    before: str
    """What stands before the value."""
    after: dict[str, str]
    """What the value means ('' where nothing is made of it) -> what stands behind it."""


def _ways(endings: tuple[str, ...], *lines: str) -> tuple[Phrase, ...]:
    """Phrases from lines of the form `before|after|after`, one end for each meaning."""
    found = []
    for line in lines:
        before, *after = line.split("|")
        found.append(Phrase(before, dict(zip(endings, after, strict=True))))
    return tuple(found)


_PLAIN, _GAP, _HULL = ("",), ("metal", "gap"), ("makeable", "unlikely")
PHRASES: dict[str, dict[str, tuple[Phrase, ...]]] = {
    "en": {
        "classes": _ways(
            _PLAIN,
            "By its formula this belongs to the |.▁",
            "This material is one of the |.▁",
            "Class of the material: |.▁",
            "It is counted among the |.▁",
            "Chemists file it under |.▁",
        ),
        "band_gap": _ways(
            _GAP,
            "Its computed band gap is likely |, which makes it a metal.▁|, so it is no metal.▁",
            "A computed band gap of | is expected: a metal.▁| is expected: not a metal.▁",
            "Calculations would likely give it a gap of | and call it metallic.▁| and call it non-metallic.▁",
            "Band gap, predicted for computed structures: | (metal).▁| (no metal).▁",
            "Between its bands there should be | in a calculation, as in metals."
            "▁| in a calculation, unlike in metals.▁",
        ),
        "formation_energy": _ways(
            _PLAIN,
            "Its formation energy is likely |.▁",
            "Formed from the elements it gains or costs |.▁",
            "Formation energy, predicted: |.▁",
            "Calculations would put its formation energy near |.▁",
            "Against the pure elements its energy is about |.▁",
        ),
        "above_hull": _ways(
            _HULL,
            "It lies likely | above the convex hull, near enough to be made.▁"
            "| above the convex hull, too far to be made easily.▁",
            "Its energy above the hull should be |: it may well be stable.▁|: it is likely unstable.▁",
            "Distance to the convex hull, predicted: | (stable or metastable).▁| (unstable).▁",
            "Competing phases are lower by about |, so it can exist.▁|, so it would rather decompose.▁",
            "In a phase diagram it would sit | over the hull, where materials are found."
            "▁| over the hull, where materials are seldom found.▁",
        ),
        "roles": _ways(
            _PLAIN,
            "Likely oxidation states and roles: |.▁",
            "Its elements are most likely |.▁",
            "By the rules of charge one finds |.▁",
            "Element by element: |.▁",
            "The parts that its elements play: |.▁",
        ),
        "similar": _ways(
            _PLAIN,
            "Similar known materials: |.▁",
            "It resembles the known |.▁",
            "Known relatives are |.▁",
            "One may compare it with |.▁",
            "Among its known neighbours are |.▁",
        ),
    },
    "ja": {
        "classes": _ways(
            _PLAIN,
            "組成式から見て、この物質は|に属します。",
            "この材料は|の一つです。",
            "物質の分類：|。",
            "これは|に数えられます。",
            "化学者はこれを|に分類します。",
        ),
        "band_gap": _ways(
            _GAP,
            "計算によるバンドギャップはおよそ|で、金属と考えられます。|で、金属ではないと考えられます。",
            "予測されるバンドギャップ：|（金属）。|（非金属）。",
            "計算では|のギャップが見込まれ、金属的です。|のギャップが見込まれ、金属的ではありません。",
            "バンド間のギャップは|程度でしょう。つまり金属です。|程度でしょう。つまり金属ではありません。",
        ),
        "formation_energy": _ways(
            _PLAIN,
            "生成エネルギーはおよそ|です。",
            "予測される生成エネルギー：|。",
            "単体を基準にしたエネルギーは|ほどです。",
            "計算では生成エネルギーは|付近になるでしょう。",
        ),
        "above_hull": _ways(
            _HULL,
            "凸包からの距離はおよそ|で、合成できる範囲にあります。|で、合成は難しいと考えられます。",
            "予測される凸包からの距離：|（安定または準安定）。|（不安定）。",
            "相図では凸包より|高く、存在しうる物質です。|高く、分解しやすい物質です。",
            "競合する相より|ほど高いだけなので、安定でありえます。|ほど高いので、おそらく不安定です。",
        ),
        "roles": _ways(
            _PLAIN,
            "考えられる酸化数と役割：|。",
            "各元素はおそらく|です。",
            "電荷の規則によれば、|となります。",
            "元素ごとに見ると、|です。",
        ),
        "similar": _ways(
            _PLAIN,
            "似た既知の物質：|。",
            "既知の|に似ています。",
            "近い既知物質には|があります。",
            "既知の|と比べられます。",
        ),
    },
}  # fmt: skip
"""Language -> fact -> ways to say it."""
UNKNOWN: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "classes": ("Its class is unknown.▁", "To which class it belongs is not known.▁"),
        "band_gap": ("Its band gap is unknown.▁", "Nothing is known of its band gap.▁"),
        "formation_energy": (
            "Its formation energy is unknown.▁",
            "Nothing is known of its formation energy.▁",
        ),
        "above_hull": ("Its stability is unknown.▁", "Nothing is known of its stability.▁"),
        "roles": ("The roles of its elements are unknown.▁", "What its elements do is not known.▁"),
        "similar": ("No similar known material was found.▁", "Similar materials are not known.▁"),
    },
    "ja": {
        "classes": ("物質の分類は不明です。", "どの分類に属するかは分かりません。"),
        "band_gap": ("バンドギャップは不明です。", "バンドギャップについては分かりません。"),
        "formation_energy": ("生成エネルギーは不明です。", "生成エネルギーについては分かりません。"),
        "above_hull": ("安定性は不明です。", "安定性については分かりません。"),
        "roles": ("元素の役割は不明です。", "元素の役割については分かりません。"),
        "similar": ("似た既知の物質は見つかりません。", "似た物質は知られていません。"),
    },
}
"""Language -> fact -> ways to say that it is unknown."""
CLASS_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "ELEMENT": "pure elements",
        "INTERMETALLIC": "intermetallics",
        "HIGH-ENTROPY": "high-entropy alloys",
        "STEEL": "steels",
        "OXIDE": "oxides",
        "SULFIDE": "sulfides",
        "SELENIDE": "selenides",
        "TELLURIDE": "tellurides",
        "HALIDE": "halides",
        "NITRIDE": "nitrides",
        "CARBIDE": "carbides",
        "BORIDE": "borides",
        "PHOSPHIDE": "phosphides",
        "ARSENIDE": "arsenides",
        "ANTIMONIDE": "antimonides",
        "GERMANIDE": "germanides",
        "SILICIDE": "silicides",
        "HYDRIDE": "hydrides",
        "HYDROXIDE": "hydroxides",
        "PHOSPHATE": "phosphates",
        "SULFATE": "sulfates",
        "CARBONATE": "carbonates",
        "NITRATE": "nitrates",
        "SILICATE": "silicates",
        "BORATE": "borates",
        "ORGANIC": "organic materials",
        "PEROVSKITE-LIKE": "materials of perovskite-like composition",
        "SPINEL-LIKE": "materials of spinel-like composition",
        "HEUSLER-LIKE": "materials of Heusler-like composition",
    },
    "ja": {
        "ELEMENT": "単体",
        "INTERMETALLIC": "金属間化合物",
        "HIGH-ENTROPY": "ハイエントロピー合金",
        "STEEL": "鋼",
        "OXIDE": "酸化物",
        "SULFIDE": "硫化物",
        "SELENIDE": "セレン化物",
        "TELLURIDE": "テルル化物",
        "HALIDE": "ハロゲン化物",
        "NITRIDE": "窒化物",
        "CARBIDE": "炭化物",
        "BORIDE": "ホウ化物",
        "PHOSPHIDE": "リン化物",
        "ARSENIDE": "ヒ化物",
        "ANTIMONIDE": "アンチモン化物",
        "GERMANIDE": "ゲルマニウム化物",
        "SILICIDE": "ケイ化物",
        "HYDRIDE": "水素化物",
        "HYDROXIDE": "水酸化物",
        "PHOSPHATE": "リン酸塩",
        "SULFATE": "硫酸塩",
        "CARBONATE": "炭酸塩",
        "NITRATE": "硝酸塩",
        "SILICATE": "ケイ酸塩",
        "BORATE": "ホウ酸塩",
        "ORGANIC": "有機物",
        "PEROVSKITE-LIKE": "ペロブスカイト型の組成の物質",
        "SPINEL-LIKE": "スピネル型の組成の物質",
        "HEUSLER-LIKE": "ホイスラー型の組成の物質",
    },
}
"""Language -> class of `matprior.notations.material_classes` -> how it is said. Never reorder: the
tokens of checkpoints follow this order."""
ROLE_WORDS: dict[str, dict[str, str]] = {
    "en": {},
    "ja": {
        "cation": "陽イオン",
        "anion": "陰イオン",
        "oxoanion centre": "オキソ酸の中心",
        "metal": "金属",
        "non-metal": "非金属",
    },
}
"""Language -> role -> how it is said; English says it as it is."""
NO_STATE = {"en": "state unknown", "ja": "酸化数不明"}
JOINTS = {"en": (", ", " ({}, {})"), "ja": ("、", "（{}、{}）")}
"""Language -> what stands between the members of a list, and the form of a state with a role."""
LANGUAGES = tuple(PHRASES)
