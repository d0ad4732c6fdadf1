"""Causal language modelling: completions of prompts, supervised fine-tuning among them."""
