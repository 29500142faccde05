"""Which tables a folder has, and what the names of several alike tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import RequestError
from core.io.recognition.folder_tables import (
    ENOUGH_FOR_A_HEADER,
    header_of,
    one_of_folder,
    stem_of,
    tables_below,
    tables_in,
)

TABLE = "source,target,score\nde,fr,0.5\n"


def write(folder, *names, text=TABLE):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_tables_are_told_by_their_names(tmp_path):
    write(tmp_path, "b.csv", "a.tsv.gz", "README.md", "model.pt", "folder/c.csv")
    assert [path.name for path in tables_in(tmp_path)] == ["a.tsv.gz", "b.csv"]


def test_one_table_each_below_counts_where_they_have_one_name(tmp_path):
    write(tmp_path, "seed_0/r.csv", "seed_1/r.csv")
    assert [path.parent.name for path in tables_below(tmp_path)] == ["seed_0", "seed_1"]
    write(tmp_path, "seed_2/other.csv")
    assert tables_below(tmp_path) == []


@pytest.mark.parametrize(
    ("names", "template"),
    [
        (["only.csv"], "only.csv"),
        (["seed_0.csv", "seed_1.csv"], "seed_{seed}.csv"),
        (["ft_seed0.csv", "ft_seed1.csv", "lora_seed0.csv"], "{method}_seed{seed}.csv"),
        (["ft.csv", "lora.csv"], "{method}.csv"),
        (["results_ft.csv", "results_lora.csv"], "results_{method}.csv"),
    ],
)
def test_a_template_says_what_the_names_of_several_tell(tmp_path, names, template):
    write(tmp_path, *names)
    path, found = one_of_folder(tmp_path)
    assert (path.name, found) == (sorted(names)[0], template)


def test_folders_tell_as_names_of_files_do(tmp_path):
    write(tmp_path, "seed_0/r.csv", "seed_1/r.csv")
    path, found = one_of_folder(tmp_path)
    assert path == tmp_path / "seed_0" / "r.csv"
    assert found == "seed_{seed}/r.csv"


def test_what_cannot_be_told_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(RequestError, match="no table in it; name a file"):
        one_of_folder(tmp_path)
    write(tmp_path, "run/events.out.tfevents.1")
    with pytest.raises(RequestError, match="event files of TensorBoard"):
        one_of_folder(tmp_path)
    write(tmp_path, "a.csv")
    write(tmp_path, "b.csv", text="model,task,loss\nx,y,1\n")
    with pytest.raises(RequestError, match=r"2 tables that are not alike \(a\.csv, b\.csv\)"):
        one_of_folder(tmp_path)


def test_a_header_is_read_from_the_beginning_of_a_long_table(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text(TABLE + "de,fr,0.5\n" * (ENOUGH_FOR_A_HEADER // 8))
    assert header_of(path) == ("source", "target", "score")


def test_a_name_has_no_endings():
    assert stem_of(Path("a/runs.csv.gz")) == "runs"


@pytest.mark.parametrize(
    ("names", "kind", "first"),
    [
        (["mean.csv", "std.csv"], "a value and its spread", "mean.csv"),
        (["acc_std.csv", "acc_mean.csv"], "a value and its spread", "acc_mean.csv"),
        (["accuracy.csv", "loss.csv"], "one measure each", "accuracy.csv"),
        (["glue_f1.csv", "glue_rmse.csv"], "one measure each", "glue_f1.csv"),
    ],
)
def test_files_called_after_what_is_in_them_are_no_methods(tmp_path, names, kind, first):
    for name in names:
        (tmp_path / name).write_text(",A,B\nA,0.9,0.4\nB,0.3,0.8\n")
    with pytest.raises(RequestError, match=f"2 tables .* {kind} .*; name the one .* as {first}"):
        one_of_folder(tmp_path)
