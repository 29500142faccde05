"""Files as people have them: each small study of `files/`, and what is right for it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.analyses.query import SimilarityQuery, TransferQuery
from core.io import inspect_study, open_study
from core.transfer.build import transfer_matrix

FILES = Path(__file__).parent / "files"
REAL = FILES.parent / "real"


@pytest.fixture
def case(tmp_path):
    """A function: a copy of a case, what is to follow its manifest, and changes to its text."""

    def copied(name: str, more: str = "", **replaced: str) -> Path:
        folder = tmp_path / name
        shutil.copytree(FILES / name, folder)
        manifest = folder / "study.toml"
        text = manifest.read_text()
        for old, new in replaced.items():
            assert old in text
            text = text.replace(old, new)
        manifest.write_text(text + more)
        return folder

    return copied


def values(folder: Path, method: str = "scores", **options) -> dict[str, float]:
    matrix = transfer_matrix(open_study(folder), TransferQuery(method, **options))
    return {
        f"{'+'.join(sources)}→{target}": float(matrix.values[i, j])
        for i, sources in enumerate(matrix.sources)
        for j, target in enumerate(matrix.targets)
        if np.isfinite(matrix.values[i, j])
    }


PLAIN = {"A→A": 0.9, "A→B": 0.5, "B→A": 0.4, "B→B": 0.8}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("k10-comment-line", "1 comment line above the header"),
        ("k10-sep-line", "a line `sep=`"),
        ("k10-tab", "columns separated by tab"),
        ("k10-utf16", "UTF-16"),
        ("k10-semicolon-decimal-comma", "columns separated by semicolon, a decimal comma"),
    ],
)
def test_a_dialect_is_read_as_the_plain_file_and_said_once(case, name, said):
    folder = case(name)
    assert values(folder) == PLAIN
    found = inspect_study(folder)
    assert found.recognized == (f"scores.csv: {said}",)
    assert found.problems == ()


def test_rows_count_lines_of_the_file_as_it_is(case):
    study = open_study(case("k10-sep-line"))
    assert study.evaluations.source(0) == "scores.csv, row 3"


def test_a_header_that_comes_again_is_no_row(case):
    folder = case("k10-repeated-header")
    assert values(folder) == PLAIN | {"C→A": 0.3}
    assert inspect_study(folder).recognized == ("scores.csv: the header again, once",)


def test_per_cents_are_shares(case):
    folder = case("k10-percent")
    assert values(folder) == pytest.approx({"A→A": 0.8709, "A→B": 0.5, "B→A": 0.4})
    assert inspect_study(folder).recognized == ("scores.csv: per cent as shares",)


def test_some_per_cents_are_an_error(case):
    folder = case("k10-percent")
    path = folder / "scores.csv"
    path.write_text(path.read_text().replace('"50%"', '"0.5"'))
    (problem,) = inspect_study(folder).problems
    assert "`87.09%`, and `0.5` without a sign" in problem.found
    assert "in per cent, or none" in problem.todo


def test_words_for_nothing_are_empty_cells(case):
    found = inspect_study(case("k10-null-words"))
    assert found.study is not None
    assert {problem.found for problem in found.problems} == {
        "score is `null`, not a finite number",
        "score is `N/A`, not a finite number",
    }


def test_other_words_for_columns_are_advised_and_then_read(case):
    folder = case("k10-other-column-names")
    advice = [problem.todo for problem in inspect_study(folder).problems]
    for line in ('sources = "src"', 'target = "trg"', 'score = "value"'):
        assert any(line in text for text in advice)
    with (folder / "study.toml").open("a") as file:
        file.write('[evaluations.columns]\nsources = "src"\ntarget = "trg"\nscore = "value"\n')
        file.write('method = "model"\nseed = "split"\n')
    assert values(folder, "lgbm") == {"A→B": 0.5, "B→A": 0.4}


def test_a_matrix_read_as_a_long_table_says_what_reads_it(case):
    (problem,) = inspect_study(case("k10-wide")).problems
    assert 'layout = "square"' in problem.todo
    assert "python -m core init scores.csv" in problem.todo


def test_a_square_table(case):
    folder = case("k10-wide", **{'"scores"': '"square"'})
    assert values(folder) == {"fr→fr": 0.98, "fr→it": 0.93, "it→fr": 0.94, "it→it": 0.98}
    assert inspect_study(folder).recognized == ("scores.csv: a matrix of 2 × 2",)


@pytest.mark.parametrize("name", ["k05-float-names", "k05-nfc-nfd"])
def test_one_name_in_two_spellings_is_one_task(case, name):
    study = open_study(case(name))
    assert len(study.tasks) == 2
    assert study.warnings == ()


def test_names_are_those_first_written_in_nfc(case):
    assert [task.name for task in open_study(case("k05-nfc-nfd")).tasks] == ["Zürich", "Bern"]
    assert [task.name for task in open_study(case("k05-float-names")).tasks] == ["1", "2"]


def test_a_suffix_in_brackets_is_told_and_an_alias_mends_it(case):
    folder = case("k05-in-dist-suffix")
    found = inspect_study(folder)
    assert len(found.study.tasks) == 4
    text = str(found.problems[0])
    assert "`A` and `A (in-dist)`" in text
    assert 'aliases = ["A (in-dist)"]' in text
    aliases = "".join(f'[tasks.{n}]\naliases = ["{n} (in-dist)"]\n' for n in "AB")
    (folder / "study.toml").write_text((folder / "study.toml").read_text() + aliases)
    matrix = transfer_matrix(open_study(folder), TransferQuery("scores"))
    assert matrix.trained_mean == pytest.approx((0.96 + 0.77) / 2)
    assert matrix.transfer_mean == pytest.approx((0.61 + 0.45) / 2)
    assert inspect_study(folder).problems == ()


def test_names_that_differ_by_an_underscore_stay_two_and_are_told(case):
    found = inspect_study(case("k06-underscore"))
    assert {"a_b", "a b"} < {task.name for task in found.study.tasks}
    assert "`a_b` and `a b` differ only in case, spaces or underscores" in str(found.problems[0])


def test_a_list_is_a_training_set(case):
    matrix = transfer_matrix(open_study(case("k05-parquet-list")), TransferQuery("scores"))
    assert matrix.sources == (("A",), ("B",), ("A", "B"))


def test_two_checkpoints_are_chosen_as_in_other_layouts(case):
    folder = case("k11-checkpoint-in-scores")
    assert values(folder) == {"A→B": 0.5, "B→A": 0.4}
    assert values(folder, checkpoint=100) == {"A→B": 0.3, "B→A": 0.2}


def test_the_order_of_training_is_told_and_kept_where_it_is_asked_for(case):
    folder = case("k11-order-of-training")
    (problem,) = inspect_study(folder).problems
    assert "ordered = true" in problem.todo
    with (folder / "study.toml").open("a") as file:
        file.write("ordered = true\n")
    assert values(folder) == {"A+B→A": 0.6, "A+B→B": 0.9, "B+A→A": 0.9, "B+A→B": 0.5}


def test_a_cell_that_was_run_again_is_one_line_with_both_ways_out(case):
    folder = case("k11-reruns")
    (problem,) = inspect_study(folder).problems
    assert "A → B, seed 1: 0.53, row 2 has 0.52" in problem.found
    assert 'repeats = "mean" or repeats = "seeds"' in problem.todo


@pytest.mark.parametrize(
    ("repeats", "seeds", "expected"), [("mean", (1,), 0.525), ("seeds", (1, 2), 0.525)]
)
def test_both_ways_out(case, repeats, seeds, expected):
    folder = case("k11-reruns", f'repeats = "{repeats}"\n')
    study = open_study(folder)
    assert study.seeds_of("scores") == seeds
    assert values(folder) == pytest.approx({"A→B": expected, "B→A": 0.4})


def test_bfloat16_is_read_as_float32(case):
    from core.io import load_representation
    from core.similarity.matrix import similarity_matrix

    study = open_study(case("k09-bf16"))
    assert study.warnings == ()
    assert load_representation(study.representations, "s-a", 0, 10).dtype == np.float32
    found = similarity_matrix(study).values
    assert np.isfinite(found[~np.eye(3, dtype=bool)]).all()


def test_layers_have_names(case):
    found = inspect_study(case("k09-layer-names"))
    assert found.study.cka.layers == ("encoder.layer.11",)
    assert found.recognized == ()
    from core.similarity.matrix import similarity_matrix

    similarity = similarity_matrix(found.study, SimilarityQuery("encoder.layer.11"))
    assert similarity.layer == "encoder.layer.11"
    np.testing.assert_allclose(similarity.of(("a", "b")), [[np.nan, 0.5], [0.5, np.nan]])


def test_a_run_may_hold_a_slash_where_it_is_no_folder(case):
    study = open_study(case("k09-run-name-with-slash"))
    assert [run.name for run in study.single_task_models] == ["org/a", "org/b"]


def test_cka_alone_opens(case):
    assert inspect_study(case("k09-cka-only")).problems == ()


def test_an_estimate_about_runs_is_a_directed_predictor(case):
    folder = case("k09-directed-predictor")
    manifest = (folder / "study.toml").read_text().partition("[cka]")[0]
    manifest += '[predictors.estimate]\npath = "cka.csv"\n[predictors.estimate.columns]\n'
    manifest += 'source = "exp1"\ntarget = "exp2"\nvalue = "final_cka"\n'
    (folder / "study.toml").write_text(manifest)
    found = inspect_study(folder)
    assert found.problems == ()
    (predictor,) = found.study.predictors
    assert predictor.directed
    assert sorted(predictor.value.tolist()) == [-2.2, -1.7, 0.11, 0.31, 0.48, 0.62]


def test_similarity_alone_is_a_study(case):
    folder = case("k09-cka-only")
    assert inspect_study(folder).problems == ()
    (folder / "study.toml").write_text('[cka]\nsummary = "cka.csv"\n')
    found = inspect_study(folder)
    assert found.problems == ()
    assert [task.name for task in found.study.tasks] == ["ast", "clap", "hubert"]


def test_a_distance_in_per_cent_is_a_predictor_of_its_tasks_alone(tmp_path):
    table = REAL / "ldnd.csv"
    (tmp_path / "ldnd.csv").write_bytes(table.read_bytes())
    (tmp_path / "study.toml").write_text(
        '[predictors.ldnd]\nlayout = "square"\npath = "ldnd.csv"\nbetter = "lower"\n'
    )
    found = inspect_study(tmp_path)
    assert found.problems == ()
    (predictor,) = found.study.predictors
    assert not predictor.directed
    assert predictor.value.max() > 100
    names = [task.name for task in found.study.tasks]
    here = (predictor.source == names.index("Akkadian")) & (
        predictor.target == names.index("Assyrian")
    )
    assert predictor.value[here].tolist() == [52.34]
