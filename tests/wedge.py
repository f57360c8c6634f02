"""A wedge scanner for the browser: keys 8 ms apart by their own time stamps, however busy the machine is."""

import time

from playwright.sync_api import Page

GAP_SECONDS = 0.008
SHIFT = 8
ENDS = {"Enter": ("\r", 13), "Tab": ("\t", 9)}


def wedge(page: Page, text: str, end: str = "", *, written=str, shifted=lambda _: False) -> None:
    """Type a text as a scanner does, and the key it is set to end with.

    `written` is what the key of a character writes on this layout, `shifted` whether Shift is held for it.
    """
    keyboard, begun = page.context.new_cdp_session(page), time.time()

    def press(place: int, key: dict) -> None:
        stamped = {"type": "keyDown", "timestamp": begun + place * GAP_SECONDS, **key}
        keyboard.send("Input.dispatchKeyEvent", stamped)

    for place, char in enumerate(text):
        held = SHIFT if shifted(char) else 0
        press(place, {"key": written(char), "text": written(char), "code": _key(char), "modifiers": held})
    if end:
        sign, number = ENDS[end]
        press(len(text), {"key": end, "code": end, "text": sign, "windowsVirtualKeyCode": number})
    keyboard.detach()


def _key(char: str) -> str:
    return f"Digit{char}" if char.isdigit() else f"Key{char.upper()}" if char.isascii() and char.isalpha() else ""
