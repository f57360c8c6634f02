"""Two independent pictures of what a printer makes of ZPL: zplkit (in Python, exact dots), zebrash (by Node.js)."""

import base64
import contextlib
import io
import shutil
import subprocess
import tempfile
from pathlib import Path

import zplkit
from PIL import Image

from tests.ground import missing

ZEBRASH = "zpl-renderer-js@3.4.0"
DOTS_PER_MM = 8
SCRIPT = """
const {ready} = require("zpl-renderer-js");
(async () => {
  let zpl = "";
  for await (const part of process.stdin) zpl += part;
  const {api} = await ready;
  const [width, height] = process.argv.slice(1).map(Number);
  process.stdout.write(await api.zplToBase64Async(zpl, width, height, 8), () => process.exit(0));
})();
"""


def by_zplkit(zpl, width, height, dpi=203):
    """The label's dots; commands about the machine itself are left out, as zplkit refuses them."""
    options = zplkit.Options(profile="zd621", width=width, height=height, dpi=dpi)
    raster = zplkit.render(zpl.replace(b"^JZN^PQ1", b""), options).labels[0].rasterize()
    return Image.frombytes("L", (raster.width, raster.height), raster.pixels).convert("1")


def by_zebrash(zpl, width, height):
    """The label's dots; skips the test where there is no Node.js or no way to the package."""
    folder = installed_zebrash()
    command = ["node", "-e", SCRIPT, "--", str(width / DOTS_PER_MM), str(height / DOTS_PER_MM)]
    run = subprocess.run(command, input=zpl, cwd=folder, capture_output=True, timeout=60, check=True)
    return Image.open(io.BytesIO(base64.b64decode(run.stdout))).convert("L")


def installed_zebrash():
    """Install it once for all runs of this user, out of the way of the checkout; several runs may come here at once."""
    folder = Path.home() / ".cache" / "specimen-service-tests" / ZEBRASH.replace("@", "-")
    if not (node := shutil.which("node")) or not (npm := shutil.which("npm")):
        missing("zebrash", "Install Node.js and npm.")
    if not (folder / "node_modules" / "zpl-renderer-js").is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        options = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--silent"]
        with tempfile.TemporaryDirectory(dir=folder.parent) as parent:
            fresh = Path(parent) / "whole"
            fresh.mkdir()
            try:
                subprocess.run(
                    [npm, "install", *options, ZEBRASH], cwd=fresh, timeout=60, check=True, capture_output=True
                )
            except (subprocess.SubprocessError, OSError):
                missing("zebrash", "Give npm a way to its packages.")
            # Whole or not at all: where another run was faster, its folder stays.
            with contextlib.suppress(OSError):
                fresh.rename(folder)
    assert node
    return folder
