"""The ledger: complaints, what was found, who was told what, what was promised, credited, agreed and signed."""
