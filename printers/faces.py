"""One font file at one weight: which characters it has, how it shapes a run of them, what its glyphs look like."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import uharfbuzz as hb  # type: ignore[import-untyped]

from printers.label import Weight

_AXES: Mapping[Weight, Mapping[str, float]] = {
    # Condensed as the resident font of label printers is, so that a picture looks like the print. The Asian fonts
    # have no width axis, and default to a weight too thin to be read from a label: it is always set.
    Weight.REGULAR: {"wght": 600, "wdth": 70},
    Weight.BOLD: {"wght": 700, "wdth": 70},
}
_FEATURES = {"kern": False, "liga": False}

Segment = tuple[str, tuple[float, ...]]
"""One step of an outline: ``M`` move, ``L`` line, ``Q`` and ``C`` curves, ``Z`` close, as in SVG, in ems, y upwards."""


@dataclass(frozen=True, slots=True)
class Source:
    """A font file inside an installed package."""

    distribution: str
    package: str
    file: str
    japanese: bool = False


def _pack(name: str, script: str, axes: str = "wdth,wght", *, japanese: bool = False) -> Source:
    file = f"fonts/ofl/notosans{script.lower()}/NotoSans{script}[{axes}].ttf"
    return Source(f"justmytype-intl-{name}", f"justmytype_intl_{name.replace('-', '_')}", file, japanese)


SOURCES: tuple[Source, ...] = (
    Source("fontpkg-noto-sans", "fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf"),
    *(_pack("rtl", script) for script in ("Arabic", "Hebrew")),
    *(_pack("sea", script) for script in ("Thai", "Lao", "Khmer", "Myanmar")),
    *(_pack("south-asia", script) for script in ("Bengali", "Tamil", "Telugu")),
    *(_pack("cjk", script, "wght", japanese=script == "JP") for script in ("SC", "TC", "JP", "KR")),
)
"""Where fonts come from, in order of preference; the first is a dependency, the others come with ``[fonts]``."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph of a run, placed from the run's left end on the baseline, in ems.

    ``char`` is given only where it is that character's own glyph at its own place, so that drawing plain text gives
    the same picture.
    """

    id: int
    x: float
    y: float
    char: str | None


class Face:
    """A font file at one weight, opened; HarfBuzz reads it as it is needed."""

    def __init__(self, path: Path, weight: Weight) -> None:
        """Open the file; glyphs are loaded one by one later."""
        self.path = path
        self.hb_face = hb.Face(hb.Blob.from_file_path(str(path)))
        self.axes = {
            axis.tag: min(max(_AXES[weight].get(axis.tag, axis.default_value), axis.min_value), axis.max_value)
            for axis in self.hb_face.axis_infos
        }
        self._font = hb.Font(self.hb_face)
        self._font.set_variations(self.axes)
        self._em = self.hb_face.upem
        self._glyph_ids: dict[str, int | None] = {}
        self._inks: dict[int, tuple[float, float]] = {}
        self._outlines: dict[int, tuple[Segment, ...]] = {}

    def draws(self, char: str) -> bool:
        """Whether the font has a glyph of its own for the character."""
        return self._glyph_id(char) is not None

    def _glyph_id(self, char: str) -> int | None:
        if char not in self._glyph_ids:
            self._glyph_ids[char] = self._font.get_nominal_glyph(ord(char)) or None
        return self._glyph_ids[char]

    def shape(self, text: str, *, right_to_left: bool) -> tuple[tuple[Glyph, ...], float]:
        """Return the glyphs of a run in reading order and its width; without kerning, so that all drawing adds up alike."""
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.direction = "rtl" if right_to_left else "ltr"
        hb.shape(self._font, buffer, _FEATURES)
        glyphs, x = [], 0.0
        plain = not right_to_left and len(buffer.glyph_infos) == len(text)
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            char = text[info.cluster]
            own = plain and not (place.x_offset or place.y_offset) and info.codepoint == self._glyph_id(char)
            left, up = (x + place.x_offset) / self._em, place.y_offset / self._em
            glyphs.append(Glyph(info.codepoint, left, up, char if own else None))
            x += place.x_advance
        return tuple(glyphs), x / self._em

    def ink(self, glyph: Glyph) -> tuple[float, float]:
        """Return the lowest and highest ink of the placed glyph over the baseline, in ems."""
        if glyph.id not in self._inks:
            box = self._font.get_glyph_extents(glyph.id)
            self._inks[glyph.id] = (
                ((box.y_bearing + box.height) / self._em, box.y_bearing / self._em) if box else (0, 0)
            )
        bottom, top = self._inks[glyph.id]
        return bottom + glyph.y, top + glyph.y

    def outline(self, glyph_id: int) -> tuple[Segment, ...]:
        """Return the glyph's contours, to be filled by the non-zero rule."""
        if glyph_id not in self._outlines:
            pen = _Pen(self._em)
            self._font.draw_glyph_with_pen(glyph_id, pen)
            self._outlines[glyph_id] = tuple(pen.segments)
        return self._outlines[glyph_id]

    def rasterize(self, pen: hb.RasterDraw, glyph: Glyph, x: float, em: tuple[float, float]) -> None:
        """Draw the placed glyph of a run that starts at ``x`` ems, ``em`` dots wide and high an em, with a pen for dots."""
        across, up = em
        pen.transform = (across / self._em, 0, 0, up / self._em, (x + glyph.x) * across, glyph.y * up)
        pen.draw_glyph(self._font, glyph.id)


class _Pen:
    """Collects what HarfBuzz draws, in the names of its pen protocol."""

    def __init__(self, em: int) -> None:
        self._em = em
        self.segments: list[Segment] = []

    def _add(self, verb: str, *points: tuple[float, float]) -> None:
        self.segments.append((verb, tuple(round(n / self._em, 5) for point in points for n in point)))

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 # the protocol's name
        self._add("M", point)

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._add("L", point)

    def qCurveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._add("Q", *points)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._add("C", *points)

    def closePath(self) -> None:  # noqa: N802
        self._add("Z")


@cache
def installed_face(source: Source, weight: Weight) -> Face | None:
    """Return the face of a font source, or ``None`` where its package is not installed."""
    spec = find_spec(source.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / source.file
    return Face(path, weight) if path.is_file() else None
