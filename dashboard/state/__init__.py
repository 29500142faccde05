"""The address and what it means: view, context, studies."""
