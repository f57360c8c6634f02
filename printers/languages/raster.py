"""Lines of text as dots: for pictures, and for what a printer's own font cannot be trusted with."""

from PIL import Image, ImageDraw, ImageOps

from printers.faces import RASTER_FEATURES
from printers.fonts import line
from printers.label import Weight

_REACH = 2
"""Ems above and below the baseline that no ink passes."""


def write(image: Image.Image, text: str, position: tuple[int, int], em: float, weight: Weight, ink: int) -> None:
    """Draw the text with its left end and baseline at ``position``; in a 1-bit image with sharp edges."""
    pen = ImageDraw.Draw(image)
    pen.fontmode = "1" if image.mode == "1" else "L"
    x, y = position
    for run in line(text, weight).runs:
        pen.text(
            (x + run.x * em, y),
            run.text,
            fill=ink,
            font=run.face.raster_font(max(1, round(em))),
            anchor="ls",
            direction="rtl" if run.right_to_left else "ltr",
            features=RASTER_FEATURES,
        )


def bitmap(text: str, em: float, weight: Weight, width: int) -> tuple[Image.Image, int, int]:
    """Return the text's ink as a 1-bit image (0 is black), and where its corner lies from the left end of the baseline.

    Hinting moves whole dots and may widen a line beyond ``width``: then it is drawn smaller.
    """
    while True:
        height = int(_REACH * em) + 1
        image = Image.new("1", (int(width * 1.5) + height, 2 * height), 255)
        write(image, text, (height, height), em, weight, 0)
        box = ImageOps.invert(image).getbbox()
        left, top, right, bottom = box or (height, height, height + 1, height + 1)
        if right - height <= width or em <= 1:
            return image.crop((left, top, right, bottom)), left - height, top - height
        em -= 0.5
