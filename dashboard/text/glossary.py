"""The words of the field, each explained once; the ⓘ beside a word opens its entry."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.metrics import METRICS
from core.study import ValueScale
from core.transfer.predictions import PREDICTIONS
from dashboard.text.names import capital


@dataclass(frozen=True)
class Term:
    """A word, and what it means in a few sentences.

    raw: the same where scores are as they were given, whose zero nobody knows: None = as ever,
    empty = the word does not come up there. raw_word: what it is called there, "" = the same.
    """

    key: str
    word: str
    text: tuple[str, ...]
    raw: tuple[str, ...] | None = None
    raw_word: str = ""


_WORDS: tuple[Term, ...] = (
    Term(
        "reading",
        "How to read a matrix",
        (
            "Each row is what a model was fine-tuned on (the source), each column what it was"
            " tested on (the target). Cells with an outline are targets the row was trained on;"
            " all others show transfer. Hover a cell for the raw values behind it; a click says all"
            " that is known of it.",
            "By keyboard: with the focus on a matrix the arrows, Home and End move its cursor,"
            " Enter or Space selects the cell, Escape lets go. f enlarges a figure to the window;"
            " the arrows then turn to the next one.",
        ),
    ),
    Term(
        "improvement",
        "Normalized improvement",
        (
            "Puts every task on one scale: 0 is the base model on the new entities, before any"
            " fine-tuning; 1 is what the base reaches on the entities it knows. 0.5 is half of"
            " the way back.",
            "For accuracies it is (run − base shifted) / (base standard − base shifted); for"
            " errors the same on a logarithmic scale.",
        ),
        raw=(
            "Scores are shown as they were given. They can be compared and ranked; how much of"
            " one is due to the source nobody can tell before it is said what a model reaches"
            " without it: where a file is opened, or as `[scale] zero` in study.toml.",
        ),
        raw_word="Scores as they were given",
    ),
    Term(
        "baselines",
        "Reference 1 and base 0",
        (
            "The base (0) is the pretrained model's own value on the shifted entities, the"
            " reference (1) its value on standard ones, both of the run's own base and seed.",
        ),
        raw=(),
    ),
    Term(
        "scale",
        "Published and strict scale",
        (
            "Published: cut to 0 … 1.5 per seed before any mean, as in the research's own"
            " numbers. It has no negative values, so it hides harm.",
            "Strict: nothing is cut; a cell without room for improvement stays empty and says"
            " why. Whatever speaks of sign or harm is on the strict scale, wherever the switch"
            " stands.",
        ),
        raw=(),
    ),
    Term(
        "seeds",
        "Seeds",
        (
            "Each seed is one independent repetition with its own base. Values are means over the"
            " chosen seeds; intervals say how much other seeds might differ, the tasks held fixed.",
        ),
        raw=(
            "Each seed is one independent repetition. Values are means over the chosen seeds;"
            " intervals say how much other seeds might differ, the tasks held fixed.",
        ),
    ),
    Term(
        "checkpoint",
        "Checkpoint",
        (
            "The training step at which the fine-tuned models are looked at. Bases, and the CKA"
            " of the single-task models, stand at their last one.",
        ),
    ),
    Term(
        "exclusions",
        "Tasks left out",
        (
            "A task unticked here is left out everywhere: as a target, and with every run trained"
            " on it. A study may leave a task out by default and say why; the matrices still show"
            " it, and one click brings it back into the sums and correlations.",
        ),
    ),
    Term(
        "exposure",
        "Methods and exposure",
        (
            "A method is one way of training; each has a matrix of its own.",
            "Where its runs also saw a few samples of other tasks (FTWB: fine-tuned with them), its"
            " transfer to those is not zero-shot, and the cells say so. Other runs (plain"
            " fine-tuning, FT) saw the tasks of their training set alone.",
        ),
    ),
    Term(
        "versus",
        "Versus",
        ("One method minus another, over the training sets that both have.",),
    ),
    Term(
        "beside",
        "Two studies",
        (
            "A method of another study that is open here beside the one shown, cell by cell where"
            " task names (or their aliases in a manifest) are the same. Both must be on the"
            " scale from 0 to 1, or both in the unit of the metric, with one metric a task."
            " Seeds of two studies are no pairs, so the other study's means are"
            " subtracted, and intervals count the spread over the seeds of both.",
        ),
    ),
    Term(
        "cka",
        "CKA and layer",
        (
            "Linear centred kernel alignment: how alike two models represent the same items, from"
            " 0 to 1, whatever their rotation or scale. It compares the models trained on one task"
            " alone, at one layer. With few items and many features even noise has some CKA; the"
            " finding above the matrix says how much.",
        ),
    ),
    Term(
        "qap",
        "QAP p",
        (
            "The points of the scatter are not independent: CKA is the same in both directions,"
            " and every task is in many pairs. QAP asks how often a correlation this strong"
            " appears when the tasks' names are shuffled in one of the two matrices. Trust it"
            " rather than the textbook p. That of Spearman's ρ does the same with ranks, and"
            " withstands tasks that are erratic in both.",
        ),
    ),
    Term(
        "pair_effects",
        "Pair effects",
        (
            "A task that teaches everybody, or learns from everybody, and that resembles everybody,"
            " makes similarity and transfer go together without anything about pairs. Pair effects"
            " are what is left of both without how much each task gives and takes in general: of"
            " the two lines this one is about pairs.",
        ),
    ),
    Term(
        "detectable",
        "What could be found",
        (
            "The |r| that this study would find, with QAP p at most 0.05, in 80 of 100 tries: about"
            " 2.8 times the spread of r when tasks are shuffled. Where it could find none, finding"
            " none is no evidence that there is nothing.",
        ),
    ),
    Term(
        "sweep",
        "Layers and checkpoints",
        (
            "The correlation r of similarity and transfer for every layer and every checkpoint of"
            " the single-task models; the transfer is the same everywhere. Blue is positive, red"
            " negative. Of many places the strongest is strong by luck, too: the p of the maximum"
            " asks how often the strongest of all places is as strong when the tasks' names are"
            " shuffled, at all places at once.",
        ),
        raw=(
            "The correlation r of similarity and score for every layer and every checkpoint of the"
            " single-task models; the scores are the same everywhere. Of many places the strongest"
            " is strong by luck, too: count how many have a small QAP p, and compare that with what"
            " chance would give.",
        ),
    ),
    Term(
        "influence",
        "Influence",
        (
            "What carries r: it is computed again without each task in turn, and without each"
            " group of items. An r that turns round when one task is left out is a fact about that"
            " task rather than about similarity.",
            "Groups come from representations/items.csv. A large group moves more than a small"
            " one, because fewer items alone change a similarity: the hollow diamonds show what"
            " as many items drawn at random would do.",
        ),
    ),
    Term(
        "intervals",
        "Intervals over seeds and over tasks",
        (
            "Over seeds: would other seeds say the same, with these tasks? Over tasks: would other"
            " tasks say the same? They answer different questions, and neither stands in for the"
            " other. With two or three seeds an interval over seeds is wide or, by luck, narrow.",
            "Seeds whose runs start from one base agree by birth. What they differ in says nothing"
            " of another base, so with them there is no interval over seeds at all.",
        ),
    ),
    Term(
        "ceiling",
        "Ceilings",
        (
            "A similarity is the same for X→Y and Y→X, transfer is not. The symmetric ceiling is"
            " the largest R² that any symmetric measure could reach. Half of the noise is symmetric"
            " and would lift it; with several seeds that is taken off. The seed ceiling says how"
            " well the seeds agree with each other: nothing can predict better than that.",
        ),
    ),
    Term(
        "net",
        "Givers and takers",
        (
            "Given is what a task gives to all others in sum, received what it gets from them,"
            " net is given − received. The nets add up to zero.",
            "A sum marked with ~ stands for missing cells: their mean is taken for them.",
        ),
        raw=(
            "Sums of a task's scores as source and as target. Of scores as they were given they"
            " mostly say how hard the targets are: a task that is itself hard to learn is left out"
            " of its own sum as source, and so looks good. Giver effects take that into account.",
        ),
        raw_word="Sums of scores",
    ),
    Term(
        "effects",
        "Giver and taker effect",
        (
            "The social relations model splits each X→Y into what X gives to anybody, what Y takes"
            " from anybody, and what is special between the two. Effects are deviations from the"
            " mean, per pair; the net is n × (giver − taker).",
        ),
        raw=(
            "The social relations model splits each score X→Y into what X does for any target, how"
            " easy Y is for any source, and what is special between the two. Effects are"
            " deviations from the mean, per pair; errors count with their sign turned, so that a"
            " higher giver effect is always a better source.",
        ),
    ),
    Term(
        "pairs",
        "The columns of the pairs",
        (
            "Transfer is the mean over seeds, with its 95 % interval and its spread (standard"
            " deviation) over seeds. Raw value, baseline and reference are means over the same"
            " seeds, in the target's unit.",
            "Left without luck is what is left of it once it is drawn towards cells like it, with"
            " its 95 % interval; wrong sign is the probability that what is left is on the other"
            " side of 0.",
            "Reverse is transfer from target to source, asymmetry transfer − reverse; both, and"
            " CKA, are there for sources of one task. Difference is actual − predicted.",
            "The note says how many seeds were cut to the scale, and why values are missing."
            " Seeds have columns of their own, hidden at first: see Columns.",
        ),
        raw=(
            "Transfer is the score, the mean over seeds, with its 95 % interval and its spread"
            " (standard deviation) over seeds.",
            "Left without luck is what is left of it once it is drawn towards cells like it, with"
            " its 95 % interval.",
            "Reverse is the score from target to source, asymmetry transfer − reverse; both, and"
            " CKA, are there for sources of one task. Difference is actual − predicted.",
            "The note says why values are missing. Seeds have columns of their own, hidden at"
            " first: see Columns.",
        ),
    ),
    Term(
        "holm",
        "p after Holm, and why with few tasks",
        (
            "Spearman’s ρ asks whether tasks with more of one thing have more of another. Its p is"
            " the share of all orders of the tasks that would give at least this |ρ|: exact up to"
            " 8 tasks, over 10,000 drawn orders beyond.",
            "Who tests much finds something: of twenty tests of nothing, one is below 0.05 on"
            " average. Holm’s correction raises each p so that, over all tests made here, the"
            " chance of a single false one stays below 5 %.",
        ),
    ),
    Term(
        "threshold",
        "Threshold",
        (
            "Only arrows at least this strong are drawn: with all of them nothing can be seen."
            " Tasks stay where they are when it moves.",
        ),
        raw=(
            "Only arrows at least this good are drawn: with all of them nothing can be seen. Where"
            " lower is better, or scores have either sign, it is counted from the worst pair."
            " Tasks stay where they are when it moves.",
        ),
    ),
    Term(
        "graph_layout",
        "Arrangement of the graph",
        (
            "A circle with the greatest giver on top, clockwise by net; forces, by which strong"
            " mutual transfer pulls together; or layers from givers to takers. A task can be"
            " dragged elsewhere: the link and every picture keep it there until Reset.",
        ),
        raw=(
            "A circle with the highest giver effect on top, clockwise; forces, by which pairs with"
            " good scores pull together; or layers by giver effect. A task can be dragged"
            " elsewhere: the link and every picture keep it there until Reset.",
        ),
    ),
    Term(
        "graph_folds",
        "Groups as one node",
        (
            "The tasks of a group (of the manifest; without any, communities that are found) as one"
            " node with their number, a click opens it. An arrow stands for those shown between two"
            " groups: wider is more of them, its colour is their mean. As it suits: of more than 40"
            " tasks with groups.",
        ),
    ),
    Term(
        "net_arrows",
        "One arrow a pair",
        (
            "Each pair has two directions. The difference alone shows who gives more than it gets"
            " back, and by how much; where a direction is missing there is none. How sure a"
            " difference is, is not judged: the intervals of both directions stand in the panel.",
        ),
        raw=(
            "Each pair has two directions. The difference alone shows which one is better, and by"
            " how much; where a direction is missing there is none.",
        ),
    ),
    Term(
        "measure",
        "Measures of similarity",
        (
            "Plain CKA is what the literature reports; few items and many features inflate it."
            " Debiased CKA takes that inflation away and is about 0 for independent"
            " representations, sometimes below.",
            "Procrustes similarity asks how well one representation can be rotated onto the other:"
            " a finding that holds for both measures does not hang on either.",
        ),
    ),
    Term(
        "specifications",
        "Every choice",
        (
            "Layer, checkpoint, measure, seeds, tasks and scale are chosen before r is computed;"
            " who tries many finds a large one. Here all are made. Grey band: 95 % of the curves of"
            " relabelled tasks, the same relabelling for every choice; p of the whole curve: the"
            " share of them with a median r at least as far from 0 (Simonsohn, Simmons & Nelson"
            " 2020).",
        ),
    ),
    Term(
        "scoreboard",
        "Scoreboard of predictors",
        (
            "Who would have told the best source of a target? Each target is left out in turn: a"
            " predictor puts the possible sources in order without having seen any result on that"
            " target. regret@1 is what is lost by believing its first choice, regret@3 by trying"
            " its first three. NDCG judges the whole order, 1 is the best one; ρ is the rank"
            " correlation. Reverse transfer, the best source on average and chance are there to"
            " compare with.",
        ),
    ),
    Term(
        "predictor",
        "Predictors",
        (
            "What is known of two tasks before anything is fine-tuned, and may tell how well one"
            " teaches the other: similarity of their models, or a number of your own for each pair,"
            " [predictors.<name>] in study.toml, such as LogME, LEEP or a distance of languages.",
            "It may be directed (X→Y unlike Y→X) and of any range. A distance is shown with its"
            " sign and correlated as it is: the less far two tasks are, the lower it is.",
        ),
    ),
    Term(
        "floor",
        "What independent noise has",
        (
            "Two representations that have nothing to do with each other still have a plain CKA"
            " above 0: with n items and p and q features about √(pq / ((n + p)(n + q))). Only what"
            " lies above this floor says anything. Debiased CKA has a floor of 0.",
        ),
        raw=(
            "Two representations that have nothing to do with each other still have some plain"
            " CKA: with n items and p and q features about √(pq / ((n + p)(n + q))). Only what lies"
            " over this floor says anything. Debiased CKA has a floor of 0.",
        ),
    ),
    Term(
        "training",
        "Similarity over training",
        (
            "The thick line is the mean over pairs of models without a common training task, its"
            " band their spread. If models of more tasks lie higher, training on more tasks makes"
            " representations converge. One task with another seed shows how alike two trainings"
            " of the same become; marks at “last” may be of more runs than the line.",
        ),
    ),
    Term(
        "clustering",
        "Clustering and its tree",
        (
            "Average linkage: the two most alike groups are joined again and again, at the mean"
            " similarity between them, which the tree shows. A pair without a value counts as an"
            " average one; rows nothing is known of stand at the end, outside the tree.",
        ),
    ),
    Term(
        "order",
        "Order of rows and columns",
        (
            "As the study lists its tasks; by net (given − received), givers first; or by"
            " clustering (average linkage), which puts what is alike side by side.",
            "Where the manifest says what a task is one of (group), also by group, or the groups"
            " alone: each cell is then the mean over the cells of a block that were not trained"
            " on. A training set with tasks of several groups stands under “several groups”.",
        ),
        raw=(
            "As the study lists its tasks; by net (sum as source − sum as target); or by clustering"
            " (average linkage), which puts what is alike side by side.",
        ),
    ),
    Term(
        "split",
        "With and without a task",
        (
            "Tells the training sets that contain a task from those that do not: if the task harms,"
            " the differences with it lie lower. The cells share runs and targets, so they are not"
            " independent of each other.",
        ),
        raw=(
            "Tells the training sets that contain a task from those that do not. The cells share"
            " runs and targets, so they are not independent of each other.",
        ),
    ),
    Term(
        "methods",
        "All methods in one picture",
        (
            "Each method's mean over the cells whose target its run was trained on (circle), and"
            " over all other cells (diamond: transfer). A cell is first a mean over seeds. The bar"
            " is the 95 % interval over seeds (Student's t over the seeds' own means): would other"
            " seeds say the same, with these tasks?",
            "The means include every task of the matrices, also those a study leaves out of sums"
            " and correlations.",
        ),
    ),
    Term(
        "compare",
        "Comparing two methods",
        (
            "Only training sets that both methods have are compared, with the seeds both have. The"
            " three numbers are mean differences: first over all cells, then over those whose"
            " target was trained on, then over the others.",
            "Their 95 % intervals are over seeds (Student's t over the seeds' own means), with the"
            " tasks held fixed. With one seed there is none.",
        ),
    ),
    Term(
        "shrunken",
        "Without luck",
        (
            "Measured values differ partly by luck: another set of seeds would give others. One"
            " spread of seeds is pooled over all cells of a method (each target has its own where"
            " seeds of one differ far more than those of another). Each cell is then drawn towards"
            " what cells like it are (its source gives so much, its target takes so much), the more"
            " the larger that spread is beside the true differences of cells (empirical Bayes).",
            "The probability that its sign is wrong says what luck can still do. Where it is above"
            " 5 %, the number is quieter in the matrix, and in no list of what stands out.",
        ),
    ),
    Term(
        "standouts",
        "What stands out",
        (
            "Gifts and harms are the largest and the most negative X→Y of runs trained on X alone."
            " They are on the strict scale, as the published one has no negative values. Surprises"
            " are the cells furthest from what the best single source predicts, chosen on the other"
            " seeds.",
            "The largest of many noisy values is large partly by luck. So each is drawn towards"
            " what cells like it are, the more the more seeds differ: what is left stands in front,"
            " what was measured behind it. A list holds cells whose sign is wrong with a"
            " probability of at most 5 %. With one seed nothing can be told from luck, and the"
            " lists are mere order.",
        ),
        raw=(
            "Surprises are the cells furthest from what the best single source predicts.",
            "The largest of many noisy values is partly luck: look at the interval, and expect new"
            " seeds to be less extreme.",
        ),
    ),
    Term(
        "doubts",
        "What looks doubtful",
        (
            "Nothing of it is an error; each is something that rarely happens by itself: names that"
            " do not fit what runs were trained on, another checkpoint than the others', the same"
            " values twice, seeds that share a base, few valid answers, no room left,"
            " samples of a target that were seen in training.",
        ),
        raw=(
            "Nothing of it is an error; each is something that rarely happens by itself: names that"
            " do not fit what runs were trained on, the same values twice, another checkpoint than"
            " the others'.",
        ),
    ),
    Term(
        "plan",
        "Planning",
        (
            "Which tasks to train on so that every target has a good source among them. A set"
            " covers a target as well as the best of its tasks alone does; the task itself counts,"
            " if it is trained on. What is to be large is the mean over the targets, or the worst.",
            "Values are shrunken where there are seeds: the best of noisy means is best partly by"
            " luck. All sets are tried while there are at most 50,000; beyond, tasks are added one"
            " by one and exchanged, and the caption says what no set can exceed.",
            "Really trained on all tasks at once, a model may reach more or less than the best of"
            " them alone: the diamond says what the best such run reached.",
        ),
    ),
    Term(
        "next",
        "The next experiment",
        (
            "What one run more of a cell would be worth. Its result is drawn many times from what"
            " is believed of the cell now; each time the plan is made again. The worth is how much"
            " more that plan covers, on average, than today's sources would: 0 where no result"
            " could change them.",
            "The method is called expected value of sample information (Raiffa & Schlaifer 1961).",
        ),
    ),
    Term(
        "maps",
        "Maps of the items",
        (
            "Where a model of one task puts the items. If they have coordinates (two columns of"
            " numbers in items.csv), a linear probe reads them from the representation at this"
            " layer, each item by a probe that was fitted without it. R² says how much of where"
            " items are it finds: 1 is all, 0 no more than their middle.",
            "Else, or if chosen, the first two principal components, turned, mirrored and scaled to"
            " lie best on each other (Procrustes), so that maps can be compared.",
        ),
    ),
    Term(
        "conflict",
        "Conflicts",
        (
            "Two files that stand for the same thing; one of them is used, and the warning says"
            " which. The same cell given twice with different values is worse: such a study is not"
            " shown at all until one of the two is removed.",
        ),
    ),
    Term(
        "paper",
        "Figures for paper",
        (
            "White ground, no grid, large type, thick left and bottom axes: how a figure looks in"
            " an article. Downloads and exports take the style that is chosen.",
        ),
    ),
)


def entries(scale: ValueScale = ValueScale.NORMALIZED) -> tuple[Term, ...]:
    """All words, and what the registries of the core say of theirs, as they are meant on a scale.

    What does not come up there is left out.
    """
    kinds = Term(
        "metric",
        "Metrics",
        tuple(
            f"{capital(metric.label)}: {metric.sentence}; {metric.better}."
            for metric in METRICS.values()
        ),
        raw=tuple(f"{capital(metric.label)}: {metric.better}." for metric in METRICS.values()),
    )
    predictions = [
        Term(rule.help, capital(rule.word), rule.text, raw=rule.raw_text)
        for rule in PREDICTIONS.values()
    ]
    after = {"improvement": [kinds], "exposure": predictions}
    words = tuple(term for word in _WORDS for term in (word, *after.get(word.key, ())))
    if scale is not ValueScale.RAW:
        return words
    return tuple(
        replace(one, word=one.raw_word or one.word, text=one.text if one.raw is None else one.raw)
        for one in words
        if one.raw != ()
    )
