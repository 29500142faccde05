"""The bar on top, and the dialogs that it opens: *Go to* and *Open…*."""
