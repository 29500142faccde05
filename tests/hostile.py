"""A small study in which everything that can be named is named by somebody who means ill."""

from __future__ import annotations

from pathlib import Path

from tests.studies import StudyFiles, write_study_files

TASK = "<img src=x onerror=window.hacked=1>"
LABEL = "</script><script>window.hacked=1</script>"
FORMULA = "=cmd|' /C calc'!A0"
METHOD = "../../../<svg onload=window.hacked=1>"


def write_hostile_study(folder: Path) -> StudyFiles:
    """Tasks, methods, title, unit and reasons full of markup, formulas and paths."""
    files = write_study_files(folder, cka=True)
    manifest = files.read("study.toml")
    for old, new in (
        ('title = "Tiny"', f'title = "{LABEL}"'),
        ('description = "Two tasks, one seed."', f'description = "{TASK}"'),
        ("[tasks.distance]", f'[tasks."{TASK}"]'),
        ("[tasks.distance.covariates]", f'[tasks."{TASK}".covariates]'),
        ("difficulty = 2", f'"{LABEL}" = 2'),
        ('label = "D"', f'label = "{LABEL}"'),
        ('unit = "km"', f'unit = "{FORMULA}"'),
        ("[tasks.crossing]", f'[tasks."{FORMULA}"]'),
        ('exclude = "training instabilities"\n', ""),
        ('label = "FTWB1"', f'label = "{METHOD}"'),
        ('label = "FTWB2"', f'label = "{METHOD}"'),
    ):
        assert old in manifest, old
        manifest = manifest.replace(old, new)
    files.write("study.toml", manifest)
    for name in ("runs.csv", "evaluations.csv"):
        text = files.read(name).replace("distance", TASK).replace("crossing", FORMULA)
        files.write(name, text)
    return files
