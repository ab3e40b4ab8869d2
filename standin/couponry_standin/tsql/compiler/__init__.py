"""From syntax trees to PostgreSQL: expressions, queries, changes, and the procedural machine."""
