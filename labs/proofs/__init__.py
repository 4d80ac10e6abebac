"""Proofs: short scripts under questions/proofs that show a question's key by running it."""
