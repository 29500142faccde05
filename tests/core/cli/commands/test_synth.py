"""python -m core synth."""

from click.testing import CliRunner

from core.cli import cli
from core.io import open_study


def test_the_command_writes_a_study_that_opens(tmp_path):
    out = tmp_path / "made"
    arguments = ["synth", str(out), "--tasks", "5", "--seeds", "2", "--runs", "pairs"]
    done = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert done.output.strip() == str(out / "study.toml")
    study = open_study(out)
    assert (len(study.tasks), study.seeds_of("ft2")) == (5, (1, 2))
