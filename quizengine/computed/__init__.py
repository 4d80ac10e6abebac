"""Questions that are computed from a seed: numbers, stem, key, and what goes wrong. Pure."""
