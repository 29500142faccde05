"""The figures as files, in seaborn. STUDY=folder python -m benchmarks.peers.seaborn_export OUT."""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt
import seaborn as sns

from benchmarks.peers import shown


def main(out: Path) -> None:
    """Three matrices, the scatter and the bars, as SVG; what is within the axes as pixels."""
    folder, method = shown.study(), shown.METHODS[1]
    for kind in shown.MATRICES:
        figure, axes = plt.subplots(figsize=(6, 5))
        sns.heatmap(shown.matrix(folder, method, kind), square=True, ax=axes, rasterized=True)
        figure.savefig(out / f"{kind}.svg")
        plt.close(figure)
    figure, axes = plt.subplots()
    sns.scatterplot(shown.pairs(folder, method), x="cka", y="value", ax=axes, rasterized=True)
    figure.savefig(out / "scatter.svg")
    plt.close(figure)
    table = shown.balance(folder, method).reset_index(names="task")
    figure, axes = plt.subplots(figsize=(8, 4))
    long = table.melt("task", var_name="what")
    sns.barplot(long, x="task", y="value", hue="what", ax=axes)
    figure.savefig(out / "bars.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
