"""What the heads of tables say: one sentence for each, whichever table it stands in."""

from __future__ import annotations

from collections.abc import Sequence

from core.analyses.columns import Column

HEADS = {
    "Given": "what the task does for the others as a source, summed over its targets",
    "Received": "what the others do for the task as a target, summed over its known sources",
    "Net": "given minus received: above 0 the task gives more than it gets",
    "Giver effect": "how much better it is as a source than the mean of all, over the same targets",
    "Taker effect": "how much better it does as a target than the mean of all, by the same sources",
    "With it": "mean difference over training sets that hold the task",
    "Without": "mean difference over training sets without the task",
    "Distance": "with it minus without it",
    "Spearman's rho": "rank correlation over the tasks, −1 to 1",
    "Permutation p": "how often the tasks in another order are correlated as strongly",
    "Standard error of p": "how exact drawing the orders has made p; 0 where all were made",
    "p after Holm": "the same with all rows of the table counted: it grows with their number",
    "n tasks": "tasks that have both numbers",
    "Worth learning from (PageRank)": "share of the visits of somebody who follows arrows back to"
    " teachers; all tasks sum to 1",
    "Teacher (HITS hub)": "large where it helps good students; all tasks sum to 1",
    "Student (HITS authority)": "large where good teachers help it; all tasks sum to 1",
    "Transfer": "what training on the source did for the target, mean over seeds",
    "Seeds": "how many seeds, or which, the value is over",
    "Strict scale": "the same without being cut, so that harm is below 0",
    "Strength": "what the arrow is drawn by and held against the threshold",
    "Left without luck": "what is left of the value once it is drawn towards cells like it",
    "Wrong sign (probability)": "probability that what is left is on the other side of 0",
    "Minus the other way": "transfer minus that from target to source",
    "CKA": "how alike models of the two tasks alone are inside, 0 to 1",
    "How often": "share of the looks with one seed left out that find the same",
    "Measure": "which of the three numbers of the table of tasks is largest",
    "Worth of the run": "how much more a plan made again with the run is expected to"
    " cover; 0 = nothing",
    "Plan changes": "how often other sources would be chosen then",
    "Believed now": "what the source is expected to do for the target as far as is known",
    "Standard deviation": "how far that may be off",
    "Chosen": "the sources of the best plan of that size",
    "Coverage": "mean, or smallest, over the targets of the best transfer from a chosen source",
    "No set covers more than": "a bound; the coverage itself where all sets were tried",
    "All sets tried": "whether every set of that size was tried, or sources were added one by one",
    "regret@1": "transfer of the best source minus that of the predictor's"
    " first one; 0 = never missed",
    "regret@3": "the same with the best of its first three",
    "NDCG": "how well the predictor's order puts the best sources first; 1 is as well as possible",
    "Rank correlation": "Spearman's, of what the predictor says of sources and their transfer",
    "Targets": "how many targets the means of the row are over",
    "Off on trained targets": "mean distance of actual and predicted, on targets that were"
    " trained on",
    "Actual − predicted there": "the same with its sign: positive where the prediction is too low",
    "Off on the others": "mean distance of actual from predicted, on all other targets",
    "Actual − predicted on the others": "the same with its sign: positive where it is too low",
    "Reaches on other targets": "mean over targets the set was not trained on",
    "Minus the best of its tasks alone": "the smallest of its differences from runs on one of them",
    "Against each of its tasks": "whether the intervals of all these differences lie on one"
    " side of 0",
    "b": "what transfer changes by where the predictor rises by one unit, the others held fixed",
    "beta": "the same in standard deviations of both",
    "t": "b over its standard error",
    "p": "how often relabelled tasks have as large a t",
}
"""The title of a column -> what it says, without a full stop."""


def told(column: Column) -> str:
    """What a column says: of its own, else by its title; empty where the title says all."""
    return column.about or HEADS.get(column.title, "")


def explained(columns: Sequence[Column]) -> tuple[tuple[str, str], ...]:
    """(title, what it says) of those that have something to say."""
    return tuple((column.title, text) for column in columns if (text := told(column)))
