"""Two independent pictures of what a printer makes of ZPL: zplkit (in Python, exact dots), zebrash (by Node.js)."""

import base64
import io
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import zplkit
from PIL import Image

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
    """Install it once for all runs on this machine, out of the way of the checkout."""
    folder = Path(tempfile.gettempdir()) / "specimen-service-zebrash"
    if not (node := shutil.which("node")) or not (npm := shutil.which("npm")):
        pytest.skip("zebrash needs Node.js and npm")
    if not (folder / "node_modules" / "zpl-renderer-js").is_dir():
        folder.mkdir(exist_ok=True)
        options = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--silent"]
        try:
            subprocess.run([npm, "install", *options, ZEBRASH], cwd=folder, timeout=60, check=True, capture_output=True)
        except (subprocess.SubprocessError, OSError):
            pytest.skip("zebrash could not be installed by npm")
    assert node
    return folder
