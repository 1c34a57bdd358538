"""How data come in: files and folders to one Case, with every row accounted for."""
