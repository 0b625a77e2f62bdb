"""Alembic's entry: each step in a transaction of its own, on the connection that holds the lock."""

from alembic import context

from sophia.store.tables.schema import Rows

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Rows.metadata, transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
