"""One module per question; `registry` lists them, `query` is what can be asked."""
