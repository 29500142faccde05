"""The committed Atlantis study: complete, finite, learned, and consistent with itself."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

STUDY = Path(__file__).resolve().parents[2] / "examples" / "atlantis" / "study"
TASKS = ["distance", "trianglearea", "angle", "compass", "inside", "perimeter", "crossing"]
ERRORS = {"distance", "trianglearea", "angle", "perimeter"}
RUNS_PER_SEED = {
    "pretrain": 8,
    "ft1": 7,
    "ft2": 21,
    "ft3": 7,
    "ftwb1": 7,
    "ftwb2": 21,
    "ftwb3": 7,
}


@pytest.fixture(scope="module")
def runs() -> pd.DataFrame:
    """runs.csv with empty text where a field is empty."""
    return pd.read_csv(STUDY / "runs.csv", keep_default_na=False)


def several(runs: pd.DataFrame) -> pd.DataFrame:
    """Base models of two and three tasks, which multitask.py trained."""
    size = runs["trained"].str.count(r"\+") + 1
    return runs[(runs["base"] == "") & size.isin([2, 3])]


@pytest.fixture(scope="module")
def evaluations() -> pd.DataFrame:
    """evaluations.csv."""
    return pd.read_csv(STUDY / "evaluations.csv")


@pytest.fixture(scope="module")
def final(evaluations) -> pd.Series:
    """Last value by run, split and task."""
    last = evaluations.sort_values("checkpoint").groupby(["run", "split", "task"])["value"].last()
    assert isinstance(last, pd.Series)
    return last


@pytest.fixture(scope="module")
def singles(runs) -> list[str]:
    """The single-task models."""
    return runs.loc[(runs["base"] == "") & ~runs["trained"].str.contains("+", regex=False), "run"]


def centred(run: str, layer: int, checkpoint: int) -> np.ndarray:
    """A stored representation in float64, columns centred."""
    path = STUDY / "representations" / run / f"layer{layer}" / f"checkpoint-{checkpoint}.npy"
    values = np.load(path).astype(np.float64)
    return values - values.mean(axis=0)


def gram(x: np.ndarray) -> np.ndarray:
    """Gram matrix of a centred representation, flat and of norm 1.

    The dot product of two of them is linear CKA, the other way round than the script has it.
    """
    products = (x @ x.T).ravel()
    return products / np.linalg.norm(products)


def test_it_is_small_enough_to_be_committed():
    assert sum(path.stat().st_size for path in STUDY.rglob("*") if path.is_file()) <= 12_000_000


def test_every_seed_has_every_run(runs):
    assert runs["run"].is_unique
    assert runs["seed"].nunique() >= 3
    of_training = runs[~runs["run"].isin(several(runs)["run"])]
    for _, of_seed in of_training.groupby("seed"):
        assert of_seed["method"].value_counts().to_dict() == RUNS_PER_SEED
        for _, of_method in of_seed.groupby("method"):
            assert of_method["trained"].is_unique


def test_single_task_models_cover_every_task_once_per_seed(runs, singles):
    of_singles = runs[runs["run"].isin(singles)]
    for _, of_seed in of_singles.groupby("seed"):
        assert of_seed["trained"].tolist() == TASKS


def test_fine_tunings_name_the_base_of_their_seed_and_what_they_saw(runs):
    bases = runs[(runs["base"] == "") & (runs["trained"] == "+".join(TASKS))]
    base_of = dict(zip(bases["seed"], bases["run"], strict=True))
    tuned = runs[runs["base"] != ""]
    assert (tuned["base"] == tuned["seed"].map(base_of)).all()
    is_exposed = runs["method"].str.startswith("ftwb")
    assert (runs.loc[is_exposed, "exposed"] == "+".join(TASKS)).all()
    assert (runs.loc[~is_exposed, "exposed"] == "").all()
    n_trained = tuned["trained"].str.count(r"\+") + 1
    assert (n_trained == tuned["method"].str[-1].astype(int)).all()


def test_triples_pair_every_two_tasks_once(runs):
    for _, triples in runs[runs["method"].isin(["ft3", "ftwb3"])].groupby(["seed", "method"]):
        pairs = [
            pair
            for names in triples["trained"]
            for pair in itertools.combinations(sorted(names.split("+")), 2)
        ]
        assert len(pairs) == len(set(pairs)) == 21


def test_every_run_has_every_cell_at_five_checkpoints_or_more(runs, evaluations):
    assert np.isfinite(evaluations["value"]).all()
    assert not evaluations.duplicated(["run", "task", "split", "checkpoint"]).any()
    counts = evaluations.groupby(["run", "task", "split"])["checkpoint"].nunique()
    wanted = pd.MultiIndex.from_product([runs["run"], TASKS, ["standard", "shifted"]])
    assert set(counts.index) == set(wanted)
    assert counts.min() >= 5


def test_values_are_possible(evaluations):
    is_error = evaluations["task"].isin(ERRORS)
    assert (evaluations.loc[is_error, "value"] > 0).all()
    assert evaluations.loc[~is_error, "value"].between(0, 1).all()
    assert (evaluations.loc[evaluations["task"] == "angle", "value"] < 180).all()


def test_the_bases_learned_every_task_and_do_not_know_atlantis(runs, final):
    for base in runs.loc[runs["trained"] == "+".join(TASKS), "run"]:
        for task in TASKS:
            standard, shifted = final[base, "standard", task], final[base, "shifted", task]
            if task in ERRORS:
                assert shifted > 5 * standard
            else:
                assert standard >= 0.9
                assert shifted < standard - 0.25


def test_ft1_learned_its_own_task(runs, final):
    scores = []
    for run in runs[runs["method"] == "ft1"].itertuples():
        task = run.trained
        value = final[run.run, "shifted", task]
        zero, one = final[run.base, "shifted", task], final[run.base, "standard", task]
        if task in ERRORS:
            score = np.log(zero / value) / np.log(zero / one)
        else:
            score = (value - zero) / (one - zero)
        scores.append(np.clip(score, 0, 1.5))
    assert np.mean(scores) >= 0.8


def test_items_are_unique_cities_with_a_continent():
    items = pd.read_csv(STUDY / "representations" / "items.csv")
    assert items.columns.tolist() == ["item", "group", "east_km", "north_km"]
    assert len(items) == 300
    assert items["item"].is_unique
    assert items["group"].nunique() == 6
    assert "Atlantis" not in set(items["group"])


def test_representations_have_one_row_per_item(singles):
    stored = sorted((STUDY / "representations").glob("*/layer*/checkpoint-*.npy"))
    assert {path.parts[-3] for path in stored} == set(singles)
    for path in stored:
        values = np.load(path)
        assert values.dtype == np.float16
        assert values.shape == (300, 64)
        assert np.isfinite(values).all()
        assert (values.std(axis=0) > 0).any()


def test_summary_is_the_cka_of_the_stored_representations(singles):
    summary = pd.read_csv(STUDY / "cka_summary.csv")
    pairs = list(itertools.combinations(singles, 2))
    summary = summary[summary["exp1"].isin(singles)]
    assert len(summary) == 4 * len(pairs)
    assert set(zip(summary["exp1"], summary["exp2"], strict=True)) == set(pairs)
    place = {run: n for n, run in enumerate(singles)}
    compared = 0
    for layer in range(1, 5):
        grams = np.stack([gram(centred(run, layer, 4000)) for run in singles])
        rows = summary[summary["layer"] == layer]
        expected = (grams @ grams.T)[rows["exp1"].map(place), rows["exp2"].map(place)]
        np.testing.assert_allclose(rows["final_cka"], expected, rtol=1e-5)
        compared += len(rows)
    assert compared == len(summary)


def test_checkpoints_are_the_cka_of_the_stored_representations(runs, singles):
    table = pd.read_csv(STUDY / "cka_checkpoints.csv")
    of_seed = [run for run in runs.loc[runs["seed"] == 42, "run"] if run in set(singles)]
    table = table[table["exp1"].isin(singles)]
    assert len(table) == 21 * 4 * 5
    assert set(table["exp1"]) | set(table["exp2"]) == set(of_seed)
    assert table["cka"].between(0, 1).all()
    for row in table.iloc[::17].itertuples():
        x, y = (gram(centred(run, row.layer, row.checkpoint)) for run in (row.exp1, row.exp2))
        assert row.cka == pytest.approx(x @ y, rel=1e-5)


def test_models_of_two_and_three_tasks_cut_the_six_tasks(runs):
    """Each cut has every task but crossing once, so some models share no task."""
    found = several(runs)
    assert set(found["seed"]) == {42}
    for size, of_size in found.groupby(found["trained"].str.count(r"\+") + 1):
        sets = [tuple(trained.split("+")) for trained in of_size["trained"]]
        assert len(sets) == len(set(sets)) == 6
        cut = 6 // int(size)
        for first in range(0, 6, cut):
            assert sorted(sum(sets[first : first + cut], ())) == sorted(TASKS[:6])


def test_similarity_of_models_of_several_tasks_is_there_at_every_checkpoint(runs):
    named = several(runs)["run"].tolist()
    assert not set(named) & {path.name for path in (STUDY / "representations").iterdir()}
    table = pd.read_csv(STUDY / "cka_checkpoints.csv")
    table = table[table["exp1"].isin(named)]
    # 15 pairs of 6 models, at 4 layers and 5 checkpoints, for two sizes.
    assert len(table) == 15 * 4 * 5 * 2
    assert table["cka"].between(0, 1).all()
    summary = pd.read_csv(STUDY / "cka_summary.csv")
    last = table[table["checkpoint"] == 4000].merge(summary, on=["exp1", "exp2", "layer"])
    assert len(last) == 15 * 4 * 2
    assert (last["cka"] == last["final_cka"]).all()


def test_cities_hold_the_world():
    cities = pd.read_csv(STUDY / "cities.csv")
    assert cities["city"].is_unique
    assert (cities["group"] == "Atlantis").sum() == 50
    assert len(cities) == 550
    items = pd.read_csv(STUDY / "representations" / "items.csv")
    place = ["group", "east_km", "north_km"]
    assert items.merge(cities, left_on=["item", *place], right_on=["city", *place]).shape[0] == 300
