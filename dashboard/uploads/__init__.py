"""Files opened on the page: taken, looked at, kept as studies, removed.

`store` keeps them on the disk, `preview` understands them as `python -m core init` does, `routes`
is what assets/js/page/uploads.js asks.
"""
