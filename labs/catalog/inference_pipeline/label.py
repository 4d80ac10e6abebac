"""Turns a probability into what the service firm does: visit, or wait.

It has no model, only a threshold, which stands in the container's environment.
"""

import os


def model_fn(model_dir: str) -> float:
    return float(os.environ["THRESHOLD"])


def input_fn(body: str | bytes, content_type: str) -> list[float]:
    """XGBoost's answer: one number for each row, by lines or by commas. It is `text/csv;
    charset=utf-8`, and so comes as bytes."""
    text = body if isinstance(body, str) else body.decode()
    return [float(each) for each in text.replace(",", " ").split()]


def predict_fn(scores: list[float], threshold: float) -> list[str]:
    return [f"{'visit' if score >= threshold else 'wait'},{score:.6f}" for score in scores]


def output_fn(lines: list[str], accept: str) -> tuple[str, str]:
    return "\n".join(lines) + "\n", "text/csv"
