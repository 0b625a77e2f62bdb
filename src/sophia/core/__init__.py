"""The words that all parts share: messages, events, ports. No framework."""
