"""Reading a whole study: what is in it, and everything that is wrong with it."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import Problem, RequestError, StudyError, listed
from core.evaluations import Evaluations
from core.io.changes.digest import contents_of, digest_of
from core.io.changes.file_parts import FileParts
from core.io.cka_tables import read_cka
from core.io.files import MANIFEST, StudyFolder, is_file, is_folder
from core.io.layouts import Scores
from core.io.layouts.records import no_evaluations
from core.io.layouts.score_directions import is_doubt
from core.io.layouts.score_names import called_as_study
from core.io.manifest import Manifest, read_manifest
from core.io.manifest.advice import key
from core.io.manifest.sections import CkaSection
from core.io.methods import all_methods, with_own_predictions
from core.io.names.layer_names import LayerNames
from core.io.predictors import named_in, read_predictor
from core.io.problems import ProblemCollector
from core.io.reading import Reading, reading_of
from core.io.remote import default_folder, is_address, mirrored, origin_of
from core.io.representations import read_representations
from core.io.runs import NO_RUNS, RUNS, RunList, read_runs, trained_tasks
from core.metrics import Metric
from core.study import (
    CkaTable,
    Layer,
    Method,
    RepresentationIndex,
    Run,
    Study,
    Task,
    layers_in_order,
)

log = logging.getLogger(__name__)

GIVE_A_TABLE = "give a table of results: CSV, Excel, Parquet or JSON"


@dataclass(frozen=True)
class Inspection:
    """What became of a folder.

    study:    None where there is at least one error
    problems: errors first, then warnings, each once
    recognized: what is not plain in its files, such as a decimal comma, each once
    reading:    how its values were read, None where they were not
    study_id:   `id` of the manifest, also where there is an error elsewhere; empty without one
    """

    study: Study | None
    problems: tuple[Problem, ...]
    recognized: tuple[str, ...] = ()
    study_id: str = ""
    reading: Reading | None = None


def inspect_study(folder: Path | str, *, parts: FileParts | None = None) -> Inspection:
    """Read a study and everything that is wrong with it; never raises.

    parts: what an earlier reading found in single files; those that are the same are not read.
    What reading it raises, whatever it is, is a problem of that study.
    """
    findings = ProblemCollector()
    study: Study | None = None
    try:
        study = _read(folder, findings, parts)
    except Exception as fault:
        if not isinstance(fault, MemoryError | RecursionError):
            log.exception("reading %s", folder)
        findings.failed(str(folder), fault)
    return Inspection(
        None if findings.has_errors else study,
        findings.problems,
        findings.recognized,
        findings.study_id,
        findings.reading,
    )


def open_study(folder: Path | str) -> Study:
    """Read a study.

    Parameters: `folder`, that of its `study.toml`, or a file of results as somebody else wrote
    it, which is recognized; a text such as `s3://bucket/study` is an address (`core.io.remote`),
    mirrored into the cache first.

    Returns the Study: tasks, methods, runs and every evaluation, checked and frozen. What only
    leaves cells empty is in its `warnings`.

    Raises StudyError, with all its problems at once, where it has an error.

    Source: STUDY_FORMAT; docs/study.md.

    >>> study = open_study("examples/atlantis/study")
    >>> [method.name for method in study.single_source_methods]
    ['ft1', 'ftwb1']
    >>> open_study("examples/nowhere")
    Traceback (most recent call last):
    core.errors.StudyError: examples/nowhere: no such folder; give the folder that holds study.toml
    """
    if isinstance(folder, str) and is_address(folder):
        folder = mirrored(folder, default_folder())
    inspection = inspect_study(folder)
    if inspection.study is None:
        raise StudyError(inspection.problems)
    return inspection.study


@dataclass(frozen=True)
class _Similarity:
    """What a study has of CKA."""

    table: CkaTable | None = None
    representations: RepresentationIndex | None = None
    default_layer: Layer | None = None


def _read(
    path: Path | str, findings: ProblemCollector, parts: FileParts | None = None
) -> Study | None:
    if is_file(path):
        return _read_file(Path(path), findings, parts)
    if not is_folder(path):
        there = "\0" not in str(path) and os.path.lexists(path)
        found = "not a folder" if there else "no such folder"
        findings.error(str(path), "", found, f"give the folder that holds {MANIFEST}")
        return None
    return _read_folder(StudyFolder(Path(path), findings, parts=parts))


def _read_file(path: Path, findings: ProblemCollector, parts: FileParts | None) -> Study | None:
    """A file of results opened without a manifest: read as `init` would write one."""
    from core.io.recognition import (
        IS_TRANSFER,
        recognize,
    )  # where a copy is opened nothing is recognized

    try:
        found = recognize(path)
    except RequestError as error:
        why = str(error).removeprefix(f"{path.name}: ")
        at = ""
        if why.startswith(f"{path.name}, "):
            at, _, why = why.removeprefix(f"{path.name}, ").partition(": ")
        found_there, apart, todo = why.rpartition("; ")
        findings.error(path.name, at, *((found_there, todo) if apart else (why, GIVE_A_TABLE)))
        return None
    asked = (text for text in found.unknown if text.startswith(IS_TRANSFER))
    said = [*found.understood, *found.assumed, *(f"not known: {text}" for text in asked)]
    if found.conflict:
        todo = "keep one of the rows, or python -m core init on it with --repeats mean or seeds"
        findings.error(path.name, "", found.conflict, todo)
        findings.recognize(path.name, said)
        return None
    if found.metric is None:
        found = replace(found, metric="score", metric_assumed=True)
        said.append("higher is better, as nothing tells")
    findings.recognize(path.name, said)
    title = path.name.split(".")[0] or path.name
    folder = StudyFolder(path.parent, findings, manifest=found.manifest(title), parts=parts)
    return _read_folder(folder)


def _read_folder(folder: StudyFolder) -> Study | None:
    findings = folder.findings
    manifest = read_manifest(folder)
    if manifest is None:
        return None
    if manifest.without_results:
        return _read_without_results(folder, manifest)
    layout, section = manifest.layout, manifest.evaluations
    if layout is None and not (manifest.tasks and os.path.lexists(folder.locate(RUNS))):
        # Without tasks every run's would be unknown; without a layout nobody knows whether a
        # list of runs is needed.
        return None
    if manifest.gives_scores:
        return _read_scored(folder, manifest)
    run_list = read_runs(folder, manifest.tasks, folders=manifest.has_run_folders)
    evaluations: Evaluations | None = None
    if layout is not None and layout.read_evaluations is not None:
        evaluations = layout.read_evaluations(folder, section, manifest.tasks, run_list)
    similarity = _read_similarity(folder, manifest.cka, run_list)
    found = None if run_list.named is None else run_list.methods
    methods = all_methods(findings, manifest.methods, found, run_list.runs)
    if evaluations is None:
        return None
    return _make_study(
        folder, manifest, manifest.tasks, methods, run_list.runs, evaluations, similarity
    )


def _read_scored(folder: StudyFolder, manifest: Manifest) -> Study | None:
    findings = folder.findings
    layout = manifest.layout
    if layout is None or layout.read_scores is None:
        return None
    scores = layout.read_scores(folder, manifest.evaluations, manifest.named)
    if scores is None:
        return None
    found = [run.method for run in scores.runs]
    methods = all_methods(findings, manifest.methods, found, scores.runs)
    methods = called_as_study(methods, manifest.methods, manifest.title or folder.path.name)
    if not folder.has_manifest:
        methods = with_own_predictions(methods, scores.runs)
    runs, similarity = _read_scored_similarity(folder, manifest.cka, scores)
    return _make_study(
        folder,
        manifest,
        scores.tasks,
        methods,
        runs,
        replace(scores.evaluations, n_runs=len(runs)),
        similarity,
        untrained=scores.untrained,
        names_seeds=scores.names_seeds,
    )


def _read_without_results(folder: StudyFolder, manifest: Manifest) -> Study | None:
    """A study of similarity or predictors alone: nothing was fine-tuned, or not yet.

    Without tasks in its manifest they are those its runs were trained on, else those that
    predictors name.
    """
    run_list, tasks = NO_RUNS, manifest.tasks
    if manifest.cka is not None or os.path.lexists(folder.locate(RUNS)):
        tasks = tasks or tuple(map(_task_called, trained_tasks(folder)))
        run_list = read_runs(folder, tasks, folders=manifest.has_run_folders)
    if not tasks:
        found = (
            named_in(folder, section, at=key("predictors", name))
            for name, section in manifest.predictors.items()
        )
        tasks = tuple(map(_task_called, dict.fromkeys(name for names in found for name in names)))
    if not tasks and not folder.findings.has_errors:
        todo = "name them under [tasks], or add [evaluations]"
        folder.findings.error(MANIFEST, "tasks", "no tasks", todo)
    similarity = _read_similarity(folder, manifest.cka, run_list)
    methods = all_methods(folder.findings, manifest.methods, run_list.methods, run_list.runs)
    evaluations = no_evaluations(len(run_list.runs), len(tasks))
    return _make_study(folder, manifest, tasks, methods, run_list.runs, evaluations, similarity)


def _task_called(name: str) -> Task:
    return Task(name=name, label=name, metric=Metric.ACCURACY)


def _read_scored_similarity(
    folder: StudyFolder, section: CkaSection | None, scores: Scores
) -> tuple[tuple[Run, ...], _Similarity]:
    """The scores' rows and the base runs behind them, with the CKA of these.

    Scores need no `runs.csv`; with one, its base runs say which model is of which task.
    """
    if section is None:
        return scores.runs, _Similarity()
    if not os.path.lexists(folder.locate(RUNS)):
        folder.findings.warn(
            MANIFEST,
            "cka",
            f"a section [cka] beside layout scores, without {RUNS}",
            f"write {RUNS} with the single-task models; it is ignored",
        )
        return scores.runs, _Similarity()
    run_list = read_runs(folder, scores.tasks, folders=section.representations is not None)
    runs = (*scores.runs, *(run for run in run_list.runs if run.is_base))
    return runs, _read_similarity(folder, section, replace(run_list, runs=runs))


def _make_study(
    folder: StudyFolder,
    manifest: Manifest,
    tasks: tuple[Task, ...],
    methods: tuple[Method, ...],
    runs: tuple[Run, ...],
    evaluations: Evaluations,
    similarity: _Similarity,
    *,
    untrained: tuple[str, ...] = (),
    names_seeds: bool = True,
) -> Study | None:
    findings = folder.findings
    predictors = [
        read_predictor(
            folder,
            section,
            name=name,
            at=key("predictors", name),
            tasks=tasks,
            aliases=manifest.named.aliases,
            runs=runs,
        )
        for name, section in manifest.predictors.items()
    ]
    if findings.has_errors or (manifest.evaluations is None and not manifest.without_results):
        # The digest of a study that is not shown would be read for nothing.
        return None
    index = similarity.representations
    contents = contents_of(index.files.values()) if index else {}
    study = Study(
        folder=folder.path,
        origin=origin_of(folder.path),
        title=manifest.title or folder.path.name,
        description=manifest.description,
        layout="scores" if manifest.gives_scores else str(manifest.layout and manifest.layout.name),
        tasks=tasks,
        methods=methods,
        runs=runs,
        evaluations=evaluations,
        digest=digest_of(folder.contents, folder.path, contents),
        cka=similarity.table,
        representations=replace(index, contents=contents) if index else None,
        default_layer=similarity.default_layer,
        predictors=tuple(predictor for predictor in predictors if predictor is not None),
        warnings=findings.warnings,
        untrained=untrained,
        names_seeds=names_seeds,
    )
    if manifest.evaluations is not None:
        findings.reading = reading_of(
            manifest.evaluations,
            study,
            manifest=folder.has_manifest,
            assumed=manifest.metric_assumed,
            doubted=not folder.has_manifest and any(map(is_doubt, findings.warnings)),
            recognized=findings.recognized,
            named=[task.name for task in manifest.tasks],
        )
    return study


def _read_similarity(
    folder: StudyFolder, section: CkaSection | None, run_list: RunList
) -> _Similarity:
    if section is None:
        return _Similarity()
    names = {
        name: folder.name_of(given, at=f"cka.{name}")
        for name, given in (
            ("summary", section.summary),
            ("checkpoints", section.checkpoints),
            ("representations", section.representations),
        )
        if given is not None
    }
    listing = LayerNames(section.layers)
    table = read_cka(folder, names.get("summary"), names.get("checkpoints"), run_list, listing)
    index = None
    stored = names.get("representations")
    if stored is not None:
        index = read_representations(folder, stored, run_list, listing)
    layer = section.default_layer
    layers: set[Layer] = set(table.layers) if table is not None else set()
    layers |= set(index.layers) if index is not None else set()
    if layer is not None and layers and layer not in layers:
        folder.findings.warn(
            MANIFEST,
            "cka.default_layer",
            f"default_layer = {layer}, and there is no CKA at that layer",
            f"choose one of {listed(layers_in_order(layers, listing.order()))}; it is ignored",
        )
        layer = None
    return _Similarity(table, index, layer)
