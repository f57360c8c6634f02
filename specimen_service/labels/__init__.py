"""What a label says, and the ledger of every label sent to a printer."""
