"""What servers say of their tools, pinned: a change is held back until an operator has decided."""
