"""Digits to E.164: the one place where numbers are cleaned."""
