"""Lines of text as contours in page units, for languages that draw with vectors."""

from collections.abc import Iterator

from printers.faces import Segment
from printers.fonts import Run, line
from printers.label import Weight


def contours(text: str, x: float, baseline: float, em: float, weight: Weight) -> Iterator[Segment]:
    """Yield the text's outline with its left end at ``x``; y grows downwards, to be filled by the non-zero rule."""
    for run in line(text, weight).runs:
        yield from run_contours(run, x, baseline, em)


def run_contours(run: Run, x: float, baseline: float, em: float) -> Iterator[Segment]:
    """Yield the same of one run of a line that starts at ``x``."""
    for glyph in run.glyphs:
        left, foot = x + (run.x + glyph.x) * em, baseline - glyph.y * em
        for verb, numbers in run.face.outline(glyph.id):
            yield (
                verb,
                tuple(left + number * em if i % 2 == 0 else foot - number * em for i, number in enumerate(numbers)),
            )
