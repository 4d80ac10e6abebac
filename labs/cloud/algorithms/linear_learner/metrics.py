"""The names of Linear Learner's metrics, and how its log tells them.

Source: "Tune a linear learner model" in SageMaker's developer guide; the patterns are those that
DescribeTrainingJob shows for this algorithm.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

HEAD = r"#quality_metric: host=\S+, "
SCORES = (  # more is better
    "binary_classification_accuracy", "binary_f_beta", "dcg", "macro_f_beta", "macro_precision",
    "macro_recall", "multiclass_accuracy", "multiclass_top_k_accuracy", "precision", "recall",
    "roc_auc_score",
)  # fmt: skip
LOSSES = ("absolute_loss", "mse")  # less is
WRITTEN = {  # otherwise than they are called: with a parameter, which may be any
    "binary_f_beta": r"binary_f_\S+",
    "macro_f_beta": r"macro_f_\S+",
    "multiclass_top_k_accuracy": r"multiclass_top_k_accuracy_\S+",
}


def definitions() -> Iterator[tuple[str, str, Literal["Maximize", "Minimize"] | None]]:
    """Name, pattern and direction of each. A metric of the training data is no objective."""
    yield "train:progress", r"#progress_metric: host=\S+, completed (\S+) %", None
    yield "train:throughput", r"#throughput_metric: host=\S+, train throughput=(\S+) records/", None
    for part in ("train", "validation", "test"):
        told = part != "train"
        for name in SCORES:
            pattern = rf"{HEAD}{part} {WRITTEN.get(name, name)} <score>=(\S+)"
            yield f"{part}:{name}", pattern, "Maximize" if told else None
        for name in LOSSES:
            yield (
                f"{part}:{name}",
                rf"{HEAD}{part} {name} <loss>=(\S+)",
                "Minimize" if told else None,
            )
        final = rf"{HEAD}{part} \S+_objective <loss>=(\S+)"
        if part == "test":
            yield "test:objective_loss", final, "Minimize"
            continue
        each_epoch = rf"{HEAD}epoch=\S+, {part} \S+_objective <loss>=(\S+)"
        yield f"{part}:objective_loss", each_epoch, "Minimize" if told else None
        yield f"{part}:objective_loss:final", final, None
