"""How fast a page is: measured, changed where that is mechanical, and measured again."""
