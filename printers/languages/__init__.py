"""One label, several tongues: ZPL for label printers, PDF for others, SVG and PNG for screens; all the same picture."""

from enum import StrEnum

from printers.label import Label
from printers.languages.graphics import Compression
from printers.languages.marks import Mark

__all__ = ["Compression", "Language", "Mark", "render"]


class Language(StrEnum):
    """A language that a label can be said in."""

    ZPL = "zpl"
    PDF = "pdf"
    SVG = "svg"
    PNG = "png"


class MarkError(ValueError):
    """A mark asked for in ZPL: what a label printer gets is the label itself, never a picture of it."""

    def __init__(self, mark: Mark) -> None:
        """Name the mark."""
        self.mark = mark
        super().__init__(f"ZPL prints the label itself and cannot be marked {mark}. Use pdf, svg or png for a picture.")


def render(
    label: Label,
    language: Language | str,
    dpi: int = 203,
    *,
    mark: Mark | None = None,
    compression: Compression | str = Compression.Z64,
) -> bytes:
    """Return the label in a language, for a printer of 203, 300 or 600 dots an inch.

    ``mark`` lays a word across a picture; ``compression`` is how ZPL sends what the printer's font cannot draw.
    Raises ``LayoutError`` for a label that would print badly, ``ResolutionError`` for other dots an inch, ``MarkError``
    for a mark in ZPL.
    """
    match Language(language):
        case Language.ZPL:
            if mark:
                raise MarkError(mark)
            from printers.languages.zpl import zpl

            return zpl(label, dpi, Compression(compression))
        case Language.PDF:
            from printers.languages.pdf import pdf

            return pdf([label], dpi, mark)
        case Language.SVG:
            from printers.languages.picture import svg

            return svg(label, dpi, mark)
        case Language.PNG:
            from printers.languages.picture import png

            return png(label, dpi, mark)
