"""Which tool calls run, and the questions to people before those that do not by themselves."""
