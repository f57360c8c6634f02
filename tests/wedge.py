"""A wedge scanner for the browser: keys 8 ms apart by their own time stamps, however busy the machine is."""

import asyncio
import time

from playwright.sync_api import Page

GAP_SECONDS = 0.008
SHIFT = 8
ENDS = {"Enter": ("\r", 13), "Tab": ("\t", 9)}


def wedge(page: Page, text: str, end: str = "", *, written=str, shifted=lambda _: False) -> None:
    """Type a text as a scanner does, and the key it is set to end with.

    `written` is what the key of a character writes on this layout, `shifted` whether Shift is held for it.
    """
    begun, keys = time.time(), []

    def press(key: dict) -> None:
        keys.append({"type": "keyDown", "timestamp": begun + len(keys) * GAP_SECONDS, **key})

    for char in text:
        held = SHIFT if shifted(char) else 0
        press({"key": written(char), "text": written(char), "code": _key(char), "modifiers": held})
    if end:
        sign, number = ENDS[end]
        press({"key": end, "code": end, "text": sign, "windowsVirtualKeyCode": number})
    keyboard = page.context.new_cdp_session(page)
    keyboard._sync(_all_at_once(keyboard._impl_obj, keys))
    keyboard.detach()


async def _all_at_once(keyboard, keys: list[dict]) -> None:
    # A scanner's keys wait in the machine, not in the scanner: a test that is held up must not hold up the rest of them.
    sent = [asyncio.ensure_future(keyboard.send("Input.dispatchKeyEvent", key, timeout=None)) for key in keys]
    await asyncio.gather(*sent)


def _key(char: str) -> str:
    return f"Digit{char}" if char.isdigit() else f"Key{char.upper()}" if char.isascii() and char.isalpha() else ""
