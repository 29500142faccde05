"""Who may come in: identities, trusted addresses, origins, and slow answers to guessing."""
