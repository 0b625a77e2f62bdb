"""The process that runs turns and jobs."""
