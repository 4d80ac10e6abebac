"""Lab: a shadow variant, shares by weight, and an A/B test that is read once."""
