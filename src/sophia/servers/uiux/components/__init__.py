"""Components that are made: HTML and React, in a theme, looked at before they are given."""
