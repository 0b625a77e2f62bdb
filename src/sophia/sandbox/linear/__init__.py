"""A stand-in for Linear: its GraphQL over tables in memory."""
