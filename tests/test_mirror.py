"""A module's tests stand where the module stands, or a line here says which tests try it.

`core/x/y.py` is tried by `tests/core/x/test_y.py`. What is listed below is tried through what it is
made for; a new module gets a file of its own.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"

ELSEWHERE = {
    # What is varied, through the curve of it.
    "tests/core/analyses/association/test_specifications.py": """
        core/analyses/association/choices.py
    """,
    # Read through a whole study: a rule is tried with the message somebody would see.
    "tests/core/io/test_study.py": "core/remembered.py core/study.py",
    "tests/core/transfer/test_given_ends.py": "core/scale_ends.py",
    "tests/core/io/test_manifest.py": """
        core/io/manifest/advice.py core/io/manifest/checks.py core/io/manifest/sections.py
        core/io/names/name_rules.py
    """,
    "tests/core/io/test_representations.py": "core/io/representation_formats.py",
    "tests/core/io/test_tables.py": "core/io/table_cells/cells.py",
    "tests/core/io/layouts/test_scores.py": """
        core/io/layouts/score_cells.py core/io/layouts/score_names.py
        core/io/layouts/score_rows.py core/io/layouts/score_runs.py core/io/layouts/task_scales.py
    """,
    # One study, written in every layout, is one study.
    "tests/core/io/layouts/test_layouts.py": """
        core/io/layouts/records.py core/transfer/run_scores.py core/numerics/arrays.py
    """,
    # Whatever form a file has: real ones, each with what is to be read from it.
    "tests/cases/test_cases.py": """
        core/io/dialects/delimited.py core/io/dialects/encoding.py
        core/io/dialects/json_records.py core/io/dialects/packing.py core/io/dialects/parquet.py
        core/io/dialects/raw_table.py core/io/dialects/splitting.py core/io/dialects/workbook.py
        core/io/layouts/file_tree.py core/io/layouts/square.py core/io/layouts/wide.py
        core/io/sections.py core/io/sources.py
    """,
    "tests/core/io/recognition/test_forms.py": """
        core/io/names/joint_columns.py core/io/recognition/joint_pairs.py
        core/io/recognition/long_form.py core/io/recognition/numbered_columns.py
        core/io/recognition/tree_form.py core/io/recognition/rows_that_count.py
    """,
    "tests/cases/test_peoples_files.py": "core/io/recognition/exports.py",
    "tests/core/io/recognition/test_tree.py": "core/io/recognition/tree_values.py",
    "tests/core/io/recognition/test_recognition.py": """
        core/cli/commands/init.py core/io/recognition/column_words.py
        core/io/recognition/looked_table.py core/io/recognition/matrix_form.py
        core/io/recognition/recognized.py core/io/recognition/wide_forms.py
    """,
    # From a store or an export to the study, through `init`.
    "tests/core/io/trackers/test_mlflow_store.py": "core/io/trackers/recognize_runs.py",
    # As the page asks.
    "tests/dashboard/uploads/test_routes.py": """
        dashboard/uploads/preview.py dashboard/uploads/store.py
    """,
    # The parts of one analysis, tried with its result.
    "tests/core/analyses/details/test_pair.py": """
        core/analyses/details/cell.py core/analyses/details/estimates.py
        core/analyses/details/prediction.py
    """,
    "tests/core/analyses/association/test_association.py": """
        core/analyses/association/by_layer.py core/analyses/association/correlation.py
        core/analyses/association/dyads.py core/analyses/association/noise_ceiling.py
        core/analyses/association/qap.py core/numerics/permutation.py
    """,
    "tests/core/analyses/pairs/test_filtering.py": """
        core/analyses/pairs/build.py core/analyses/pairs/columns.py
        core/analyses/pairs/table.py
    """,
    "tests/core/analyses/test_integrity.py": """
        core/analyses/integrity/copies.py core/analyses/integrity/finding.py
        core/analyses/integrity/runs.py core/analyses/integrity/values.py
    """,
    "tests/core/analyses/test_balance.py": """
        core/analyses/social_relations.py core/analyses/square_transfer.py
        core/numerics/intervals.py
    """,
    "tests/core/analyses/test_covariates.py": "core/analyses/task_covariates.py",
    "tests/core/analyses/network/test_build.py": "core/analyses/network/graph.py",
    "tests/core/analyses/planning/test_plan.py": """
        core/analyses/planning/options.py core/analyses/planning/search.py
    """,
    # A real worker, with clients that are slow.
    "tests/faults/test_clients.py": "dashboard/server/buffering_worker.py",
    "tests/dashboard/figures/association/test_influence.py": """
        dashboard/figures/association/pair_changes.py
    """,
    # What is asked and what is printed, from outside.
    "tests/core/cli/test_commands.py": """
        core/__main__.py core/cli/options.py core/cli/output.py core/cli/requests.py
    """,
    "tests/core/cli/commands/test_check.py": "core/cli/formatters/study.py",
    "tests/core/cli/commands/test_transfer.py": """
        core/cli/formatters/association.py core/cli/formatters/balance.py
        core/cli/formatters/graph.py core/cli/formatters/matrix.py core/cli/formatters/parts.py
    """,
    "tests/core/cli/commands/test_similarity.py": "core/cli/formatters/similarity.py",
    "tests/core/cli/commands/test_cka.py": """
        core/cli/progress.py core/similarity/sweep/results.py
    """,
    "tests/core/cache/test_result_cache.py": """
        core/analyses/kept.py
        core/cache/bytes_disk.py core/cache/environment.py
    """,
    # A sweep says the same as the values pair by pair, whoever computes which part of it.
    "tests/core/similarity/sweep/test_runner.py": """
        core/similarity/sweep/block_cache.py core/similarity/sweep/blocks.py
        core/similarity/sweep/cell_accumulator.py core/similarity/sweep/plan.py
    """,
    "tests/core/similarity/sweep/test_similarity_store.py": "core/similarity/store.py",
    # What is asked, and what of it counts.
    "tests/core/analyses/test_registry.py": """
        core/analyses/analysis.py core/analyses/inputs.py core/analyses/transfer.py
        core/analyses/similarity.py
        core/analyses/query.py core/similarity/query.py core/transfer/query.py
    """,
    "tests/core/similarity/test_cka.py": """
        core/similarity/preprocessing.py
    """,
    "tests/core/similarity/test_matrix.py": "core/similarity/run_similarity.py",
    "tests/core/transfer/test_predictions.py": "core/transfer/member_prediction.py",
    "tests/core/transfer/test_shrinkage.py": """
        core/transfer/cell_kinds.py core/transfer/seed_variance.py
    """,
    "tests/core/transfer/test_build.py": """
        core/transfer/run_grid.py core/transfer/difference.py core/transfer/matrix.py
        core/transfer/table.py
    """,
    # The panel is asked as the page asks it.
    "tests/dashboard/details/test_routes.py": """
        dashboard/details/blocks.py dashboard/details/pair.py dashboard/details/prediction.py
        dashboard/details/provenance.py dashboard/details/similarity.py dashboard/details/task.py
    """,
    "tests/dashboard/export/test_export.py": """
        dashboard/export/cards.py dashboard/export/collect.py dashboard/export/file_names.py
        dashboard/export/html_page.py dashboard/export/images.py dashboard/export/report.py
        dashboard/export/report_route.py dashboard/export/write.py
    """,
    "tests/dashboard/export/test_pictures.py": "dashboard/export/picture_edges.py",
    # A figure's parts are tried in a figure.
    "tests/dashboard/figures/test_transfer.py": """
        dashboard/figures/parts/cell_hover.py dashboard/figures/parts/color_limits.py
        dashboard/figures/parts/colors.py
        dashboard/figures/parts/matrix.py dashboard/figures/parts/matrix_frame.py
    """,
    "tests/dashboard/figures/balance/test_scatter.py": "dashboard/figures/balance/hover.py",
    "tests/dashboard/figures/balance/test_bars.py": "dashboard/figures/balance/whiskers.py",
    "tests/dashboard/figures/similarity/test_heatmap.py": "dashboard/figures/parts/tree.py",
    "tests/dashboard/figures/test_comparison.py": "dashboard/figures/parts/density.py",
    "tests/dashboard/figures/association/test_scatter.py": """
        dashboard/figures/parts/axes.py dashboard/figures/parts/legend.py
        dashboard/figures/parts/points.py
    """,
    "tests/dashboard/figures/parts/test_theme.py": "dashboard/figures/parts/print.py",
    # With the card that it is taken along from.
    "tests/dashboard/ui/test_group_key.py": "dashboard/figures/parts/key.py",
    "tests/dashboard/figures/network/test_interactive.py": """
        dashboard/figures/network/static.py dashboard/figures/network/stylesheet.py
    """,
    "tests/dashboard/jobs/test_jobs.py": """
        dashboard/jobs/job_kinds.py dashboard/jobs/sweep_job.py dashboard/jobs/timeouts.py
        dashboard/server/shared_store.py
    """,
    "tests/dashboard/jobs/test_process_backend.py": """
        dashboard/jobs/factory.py dashboard/jobs/process_main.py
    """,
    "tests/dashboard/jobs/test_celery_backend.py": "dashboard/jobs/worker.py",
    "tests/dashboard/server/access/test_guard.py": """
        dashboard/server/access/bind_check.py dashboard/server/access/same_origin.py
    """,
    "tests/dashboard/server/access/test_users.py": "dashboard/server/access/commands.py",
    "tests/dashboard/server/test_headers.py": """
        dashboard/server/come_again.py dashboard/server/errors.py
    """,
    "tests/dashboard/server/test_metrics.py": "dashboard/server/shared_metrics.py",
    "tests/dashboard/server/test_serving.py": "dashboard/__main__.py",
    "tests/dashboard/text/test_names.py": "dashboard/text/numbers.py",
    # Sentences are tried with the page that shows them.
    "tests/dashboard/pages/test_predictors.py": """
        dashboard/pages/predictors/association.py dashboard/pages/predictors/by_layer.py
        dashboard/pages/predictors/card_rules.py dashboard/pages/predictors/items.py
        dashboard/pages/predictors/matrix.py dashboard/pages/predictors/scoreboard.py
        dashboard/pages/predictors/specifications.py dashboard/text/findings/predictors.py
    """,
    "tests/dashboard/pages/test_comparison.py": "dashboard/text/findings/comparison.py",
    "tests/dashboard/pages/test_covariates.py": "dashboard/text/findings/covariates.py",
    "tests/dashboard/pages/test_overview.py": """
        dashboard/pages/overview/data_quality.py dashboard/pages/overview/ids.py
        dashboard/pages/overview/methods.py dashboard/pages/overview/standouts.py
        dashboard/text/findings/data_quality.py dashboard/text/findings/overview.py
    """,
    "tests/dashboard/pages/test_pairs.py": """
        dashboard/pages/pairs/grid.py dashboard/pages/pairs/ids.py dashboard/pages/pairs/rows.py
        dashboard/state/grid_filters.py dashboard/text/findings/pairs.py
    """,
    "tests/dashboard/pages/test_representations.py": """
        dashboard/pages/representations/item_maps.py dashboard/pages/representations/matrix.py
        dashboard/pages/representations/training.py
    """,
    "tests/dashboard/pages/test_plan.py": """
        dashboard/state/fields/plan.py dashboard/text/findings/plan.py
    """,
    # A field is tried by what an address with it is read as.
    "tests/dashboard/state/test_view.py": """
        dashboard/state/context.py dashboard/state/fields/drawing.py
        dashboard/state/fields/methods.py dashboard/state/fields/network.py
        dashboard/state/fields/predictors.py
        dashboard/state/fields/selection.py dashboard/state/fields/tasks.py
    """,
    "tests/dashboard/state/test_fields.py": """
        dashboard/state/fields/field.py dashboard/state/fields/keys.py
    """,
    "tests/dashboard/test_columns.py": """
        core/analyses/columns.py dashboard/text/columns.py dashboard/ui/columns.py
    """,
    # What every page is made of is tried in the whole app, and in a browser.
    "tests/dashboard/test_app.py": """
        dashboard/pages/balance.py dashboard/pages/network/drawn.py
        dashboard/pages/network/graph_card.py dashboard/pages/network/ids.py
        dashboard/pages/network/tables.py
        dashboard/ui/bar/bar.py dashboard/ui/card.py dashboard/ui/controls.py dashboard/ui/facts.py
        dashboard/ui/graph_config.py dashboard/ui/help.py dashboard/ui/html_attributes.py
        dashboard/ui/ids.py dashboard/ui/job_request.py dashboard/ui/lazy_script.py
        dashboard/ui/matrix_order.py dashboard/ui/messages.py dashboard/ui/page.py
        dashboard/ui/shell.py
    """,
    "tests/browser/test_state.py": "dashboard/ui/url_sync.py",
    "tests/browser/test_uploads.py": "dashboard/ui/bar/open_file.py",
}
"""Test file -> the modules it tries beside its own."""

PLACES = {module: test for test, modules in ELSEWHERE.items() for module in modules.split()}
MODULES = [
    path.relative_to(ROOT).as_posix()
    for room in ("core", "dashboard")
    for path in sorted((ROOT / room).rglob("*.py"))
    if path.name != "__init__.py"
]


def mirrored(module: str) -> Path:
    """Where a module's own tests stand."""
    path = Path(module)
    return TESTS / path.parent / f"test_{path.name}"


def test_a_module_has_tests_of_its_own_or_a_line_here():
    missing = [one for one in MODULES if one not in PLACES and not mirrored(one).exists()]
    assert not missing, [f"write {mirrored(one).relative_to(ROOT)}" for one in missing]


def test_lines_here_are_true():
    gone = PLACES.keys() - {*MODULES}
    assert not gone, "there are no such modules"
    absent = {test for test in PLACES.values() if not (ROOT / test).exists()}
    assert not absent, "there are no such tests"
