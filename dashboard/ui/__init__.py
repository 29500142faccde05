"""Dash pieces every page uses: shell, controls, card, table, help, messages."""
