"""Analysis of code on this machine, by well-known analysers in children under limits."""
