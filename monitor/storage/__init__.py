"""Tables (SQLAlchemy Core), migrations (Alembic) and how the database is opened."""
