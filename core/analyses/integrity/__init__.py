"""What looks as if a study were not what it says: to be looked at before a number is believed.

Nothing here is an error: each finding is something that rarely happens by itself.
"""

from __future__ import annotations

from core.analyses.integrity import copies, runs, values
from core.analyses.integrity.finding import IntegrityFinding
from core.study import Study


def integrity(study: Study) -> tuple[IntegrityFinding, ...]:
    """Everything that looks doubtful in a study, at each run's last checkpoint.

    Given scores have no runs or bases: of them only copies and where they end are looked for.
    """
    finders = [runs.checkpoints, copies.equal_runs, copies.copied_tasks, copies.copied_cka]
    if not study.has_given_scores:
        finders = [
            runs.names,
            runs.checkpoints,
            runs.seeds,
            *finders[1:],
            values.shared_bases,
            values.valid_ratios,
            values.no_room,
            values.exposed,
            values.ratio_covariates,
        ]
    return tuple(found for finder in finders for found in finder(study))
