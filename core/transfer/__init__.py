"""Raw values -> normalized improvement -> TransferMatrix."""
