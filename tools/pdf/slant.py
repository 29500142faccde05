"""Slants the face of PDFs as browsers slant one that has no italic: run it when that face changes.

`python tools/pdf/slant.py` writes assets/fonts/inter-print-italic.ttf; needs fonttools.
"""

from __future__ import annotations

from pathlib import Path

from fontTools.ttLib import TTFont

FONTS = Path(__file__).parents[2] / "assets" / "fonts"
SLANT = 0.25
"""To the right for each unit upwards."""


def slanted(font: TTFont) -> TTFont:
    """The same font with outlines slanted; its letters keep their widths."""
    glyphs = font["glyf"]
    for name in glyphs.keys():  # noqa: SIM118  (its table is no mapping)
        glyph = glyphs[name]
        if glyph.isComposite():
            for part in glyph.components:
                part.x = round(part.x + SLANT * part.y)
        elif glyph.numberOfContours > 0:
            glyph.coordinates.transform(((1, 0), (SLANT, 1)))
            glyph.coordinates.toInt()
    for name in glyphs.keys():  # noqa: SIM118
        glyph = glyphs[name]
        glyph.recalcBounds(glyphs)
        width, _ = font["hmtx"][name]
        font["hmtx"][name] = (width, glyph.xMin if glyph.numberOfContours else 0)
    font["head"].macStyle |= 2
    font["OS/2"].fsSelection = font["OS/2"].fsSelection & ~0x40 | 1
    font["post"].italicAngle = -14.0
    font["hhea"].caretSlopeRise, font["hhea"].caretSlopeRun = 4, 1
    for record in font["name"].names:
        record.string = str(record).replace("Regular", "Italic")
    return font


if __name__ == "__main__":
    slanted(TTFont(FONTS / "inter-print-regular.ttf")).save(FONTS / "inter-print-italic.ttf")
