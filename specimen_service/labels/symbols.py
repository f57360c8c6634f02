"""Barcodes as SVG for pages: the bars that labels carry, at a size for paper sheets and screens (pure)."""

from printers.symbology import encode

MODULE_MM = 0.375
"""Three dots at 203 dpi: wide enough for any scanner, also off a screen."""
HEIGHT_MM = 14.0
_QUIET_MODULES = 10  # ISO/IEC 15417: ten modules on each side


def svg_symbol(value: str) -> str:
    """Return the Code 128 symbol of a value with its quiet zones, black on white at its true size; it says nothing by itself."""
    symbol = encode(value)
    modules = len(symbol.modules) + 2 * _QUIET_MODULES
    bars = "".join(f"M{_QUIET_MODULES + first} 0h{wide}v1h-{wide}z" for first, wide in symbol.bars)
    return (
        f'<svg class="symbol" width="{modules * MODULE_MM:.2f}mm" height="{HEIGHT_MM}mm" viewBox="0 0 {modules} 1" '
        f'preserveAspectRatio="none" shape-rendering="crispEdges" aria-hidden="true"><path fill="#fff" d="M0 0h{modules}v1H0z"/>'
        f'<path fill="#000" d="{bars}"/></svg>'
    )
