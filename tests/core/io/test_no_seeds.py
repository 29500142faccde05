"""Files that name no seed: there is one run of each cell, and nobody is told of a seed 0."""

from __future__ import annotations

import json

from click.testing import CliRunner

from core import open_study
from core.analyses import PAIRS as PAIR_ANALYSIS
from core.analyses.query import TransferQuery
from core.cli import cli
from core.transfer.build import transfer_matrix
from core.transfer.shrinkage import fit_shrinkage

PAIRS = "A,A,0.9\nA,B,0.4\nB,A,0.3\nB,B,0.8\n"


def written(folder, text, **more):
    (folder / "scores.csv").write_text(text)
    keys = "".join(f'{key} = "{value}"\n' for key, value in more.items())
    manifest = f'[evaluations]\nlayout = "scores"\npath = "scores.csv"\n{keys}'
    (folder / "study.toml").write_text(manifest)
    return folder


def said(*asked):
    done = CliRunner().invoke(cli, [*map(str, asked)])
    assert done.exit_code == 0, done.exception
    return done.output


def test_a_file_without_seeds_is_of_one_run(tmp_path):
    study = open_study(written(tmp_path, f"sources,target,score\n{PAIRS}"))
    assert not study.names_seeds
    assert "methods scores, 4 evaluations" in said("check", tmp_path)
    assert "higher is better, one run; 0 missing" in said("matrix", tmp_path)
    told = said("init", tmp_path / "scores.csv", "--force")
    assert "method scores; higher is better" in told
    # Programs find what they found before.
    assert json.loads(said("matrix", tmp_path, "--json"))["seeds"] == [0]


def test_a_seed_that_is_given_is_named_even_if_it_is_0(tmp_path):
    rows = "".join(f"{row},0\n" for row in PAIRS.splitlines())
    study = open_study(written(tmp_path, f"sources,target,score,seed\n{rows}"))
    assert study.names_seeds
    assert "methods scores, seeds 0, 4 evaluations" in said("check", tmp_path)
    assert "higher is better, seeds 0; 0 missing" in said("matrix", tmp_path)


def test_rows_that_are_numbered_as_seeds_have_seeds(tmp_path):
    text = f"sources,target,score\n{PAIRS}{PAIRS.replace('0.', '0.1')}"
    study = open_study(written(tmp_path, text, repeats="seeds"))
    assert study.names_seeds
    assert "seeds 1, 2; 0 missing" in said("matrix", tmp_path)


def test_what_one_value_cannot_tell_is_told_in_the_words_of_the_file(tmp_path):
    rows = "A,A,0.9\nA,B,0.4\nA,C,0.2\nB,A,0.3\nB,B,0.8\nB,C,0.1\nC,A,0.4\nC,B,0.3\nC,C,0.7\n"
    none = open_study(written(tmp_path, f"sources,target,score\n{rows}"))
    numbered = "".join(f"{row},7\n" for row in rows.splitlines())
    (tmp_path / "named").mkdir()
    one = open_study(written(tmp_path / "named", f"sources,target,score,seed\n{numbered}"))
    for study, word in ((none, "one run"), (one, "one seed")):
        matrix = transfer_matrix(study, TransferQuery("scores"))
        assert study.one_seed == matrix.one_seed == word
        why = fit_shrinkage(matrix, study).why
        assert why == f"{word} says nothing of how far another would differ"
        columns = {
            column.key: column
            for column in PAIR_ANALYSIS.compute(study, TransferQuery("scores")).columns
        }
        assert columns["low"].why_empty == f"{word} has no interval"
