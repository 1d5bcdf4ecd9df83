"""How an older database becomes a present one; Alembic runs these in order."""
