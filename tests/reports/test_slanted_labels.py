"""Labels of slanted axes, which matplotlib moves and turns at once, are painted where they belong."""

from __future__ import annotations

from matprior.reports.pixels import png

TEXT = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="200" height="200">'
    '<text {} style="font-size:20px;fill:#000000">Hello</text></svg>'
)


def test_moved_and_turned_is_turned_about_the_place_it_was_moved_to():
    slanted = png(TEXT.format('transform="translate(50 120) rotate(-40)"'))
    assert slanted == png(TEXT.format('x="50" y="120" transform="rotate(-40 50 120)"'))
    assert slanted != png(TEXT.format('x="50" y="120"'))
    assert slanted != png(TEXT.format('transform="translate(90 120) rotate(-40)"'))
