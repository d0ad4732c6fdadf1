"""Preference pairs: a chosen and a rejected answer to a prompt, by TRL's `DPOTrainer` (extra: trl)."""
