"""Every account, every check, before anyone complains: screens, then an investigation of what they raise."""
