"""The loop: model, tools, model again, until there is an answer."""
