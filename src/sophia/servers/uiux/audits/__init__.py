"""Pages looked at: in a headless browser, or without one as far as that goes."""
