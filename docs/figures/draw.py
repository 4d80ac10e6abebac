"""Draws questions/figures, each as a picture (SVG) and as words and numbers (TOML): `make figures`.

A card names its figure by the key it has here; a key is for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from docs.figures import evaluation, fitting, networks, preparation, training
from docs.figures.style import Drawing

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "questions" / "figures"

FIGURES: dict[str, Callable[[], Drawing]] = {
    "learning-rates": training.learning_rates,
    "early-stopping": training.early_stopping,
    "roc-and-precision-recall": evaluation.roc_and_precision_recall,
    "threshold-and-cost": evaluation.threshold_and_cost,
    "bias-and-variance": fitting.bias_and_variance,
    "learning-curve": fitting.learning_curve,
    "k-fold": evaluation.k_fold,
    "scaling-with-outliers": preparation.scaling_with_outliers,
    "smote": preparation.smote,
    "box-plot": preparation.box_plot,
    "elbow": preparation.elbow,
    "autocorrelation": preparation.autocorrelation,
    "activations": networks.activations,
    "temperature": networks.temperature,
    "attention": networks.attention,
    "tf-idf": networks.tf_idf,
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for id, draw in FIGURES.items():
        drawing = draw()
        for suffix, text in ((".svg", drawing.svg()), (".toml", drawing.toml())):
            path = FOLDER / f"{id}{suffix}"
            path.write_text(text, encoding="utf-8", newline="\n")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
