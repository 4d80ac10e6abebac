"""What all tests share: how Hypothesis runs."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile(
    "fast", deadline=None, max_examples=30, derandomize=os.environ.get("CI") == "true"
)
settings.load_profile("fast")
