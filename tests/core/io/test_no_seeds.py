"""Files that name no seed: there is one run of each cell, and nobody is told of a seed 0."""

from __future__ import annotations

import json

from click.testing import CliRunner

from core import open_study
from core.cli import cli

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
