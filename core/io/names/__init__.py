"""What names mean in files: rules, templates, usual words, layers, and several in one."""
