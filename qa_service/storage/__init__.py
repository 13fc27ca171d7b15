"""The database: engine, column types, transactions and migrations."""
