"""Work that takes long: Dash's background callbacks, shared between tabs and bounded.

board.py    what tabs, hosts and jobs tell each other: a few short texts that run out by themselves
shared.py   what this program asks of a manager beyond Dash's own, and `Job`, what a job is given
local.py    Dash's DiskcacheManager: jobs are processes of this host
process.py  one of those processes
broker.py   Dash's CeleryManager: jobs are tasks of Celery workers, with REDIS_URL
work.py     the kinds of jobs; sweeps.py: the one there is, the sweep of a study
manager.py  the manager that the settings ask for
timing.py   how long everybody waits for the others
asking.py   how a figure asks for one
card.py     the card that shows a job: progress, cancel, go on
"""
