"""Telephone numbers of the places callers and clients are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

AREA_CODES: dict[str, tuple[str, ...]] = {
    "America/New_York": ("212", "216", "301", "404", "412", "513", "585", "607", "703", "716", "802", "904"),
    "America/Chicago": ("205", "214", "312", "314", "402", "414", "504", "515", "612", "615", "713", "816"),
    "America/Denver": ("303", "307", "385", "406", "505", "719", "801", "970"),
    "America/Phoenix": ("480", "520", "602", "928"),
    "America/Los_Angeles": ("206", "213", "360", "415", "503", "509", "619", "702", "775", "916"),
    "America/Halifax": ("506", "782", "902"),
}
_TOLL_FREE = ("800", "833", "844", "855", "866", "877", "888")
_UK_AREAS = ("20 7", "20 8", "121 4", "131 5", "151 2", "161 8", "113 3", "117 9", "141 3", "191 4")
_INDIA_AREAS = ("11", "22", "33", "40", "44", "80")
_AUSTRALIA_AREAS = ("2 9", "3 9", "7 3", "8 8")


def is_toll_free(number: str) -> bool:
    """Say whether a number is one the called pay for."""
    return number.startswith(("+44800", "+911800", "+611800")) or (
        number.startswith("+1") and number[2:5] in _TOLL_FREE
    )


class Numbers:
    """Hands out telephone numbers, each once where it matters.

    With ``fictional`` every North American number is of the 555-01xx block kept for stories.
    """

    def __init__(self, rng: np.random.Generator, zone: str, *, fictional: bool = False) -> None:
        self.rng = rng
        self.zone = zone
        self.fictional = fictional
        self.used: set[str] = set()

    def _draw(self, zone: str) -> str:
        pick = self.rng.integers
        if zone in ("Europe/London", "Europe/Dublin"):
            area = _UK_AREAS[pick(len(_UK_AREAS))].replace(" ", "")
            return f"+44{area}{pick(10 ** (10 - len(area) - 1), 10 ** (10 - len(area)))}"
        if zone.startswith("Asia/"):
            if pick(3):
                return f"+91{pick(7, 10)}{pick(10**8, 10**9)}"
            return f"+91{_INDIA_AREAS[pick(len(_INDIA_AREAS))]}{pick(2 * 10**7, 7 * 10**7)}"
        if zone.startswith("Australia/"):
            return f"+61{_AUSTRALIA_AREAS[pick(4)].replace(' ', '')}{pick(10**6, 10**7)}0"[:12]
        areas = AREA_CODES.get(zone, AREA_CODES["America/New_York"])
        area = areas[pick(len(areas))]
        if self.fictional:
            every = [code for codes in AREA_CODES.values() for code in codes]
            return f"+1{every[pick(len(every))]}55501{pick(100):02d}"
        return f"+1{area}{pick(2, 10)}{pick(10):01d}{pick(10):01d}{pick(10000):04d}"

    def own(self, zone: str) -> str:
        """Return a number nobody else has."""
        while (number := self._draw(zone)) in self.used:
            pass
        self.used.add(number)
        return number

    def toll_free(self, zone: str) -> str:
        """Return a toll-free number nobody else has."""
        pick = self.rng.integers
        while True:
            if zone.startswith("America/"):
                tail = f"55501{pick(100):02d}" if self.fictional else f"{pick(2, 10)}{pick(10**6):06d}"
                number = f"+1{_TOLL_FREE[pick(len(_TOLL_FREE))]}{tail}"
            elif zone.startswith("Europe/"):
                number = f"+44800{pick(10**6, 10**7)}"
            elif zone.startswith("Asia/"):
                number = f"+911800{pick(10**6, 10**7)}"
            else:
                number = f"+611800{pick(10**5, 10**6)}"
            if number not in self.used:
                self.used.add(number)
                return number

    def caller(self, zone: str) -> str:
        """Return a caller's number; callers may come back, so it may have been handed out before."""
        return self._draw(zone)

    def callers(self, zone: str, count: int) -> list[str]:
        """Return many callers' numbers."""
        return [self._draw(zone) for _ in range(count)]
