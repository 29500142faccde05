"""Results as JSON, CSV and text: what the command line prints, one module per result."""
