"""`sophia up`: starts and watches the processes."""
