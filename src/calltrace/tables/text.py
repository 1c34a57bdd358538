"""Text from a file, made safe to show: what a terminal would obey is written out, so that it can be seen."""

from __future__ import annotations

import unicodedata

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that draw nothing or steer what draws: controls, bidi marks, lone surrogates."""

SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    r"""Return the text with every character that draws nothing, or steers the terminal, written out.

    Control characters (ESC among them), bidirectional and zero-width marks, line separators, lone surrogates
    and unassigned code points become ``\x1b``, ``\u202e`` and so on. Letters of any script stay as they are.

    Examples
    --------
    >>> visible("Bob\x1b[2J")
    'Bob\\x1b[2J'
    >>> visible("Zo\u00eb")
    'Zoë'
    """
    if text.isprintable():
        return text
    return "".join(_shown(c) for c in text)


def _shown(char: str) -> str:
    if unicodedata.category(char) not in HIDDEN:
        return char
    if char in SHORT:
        return SHORT[char]
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
