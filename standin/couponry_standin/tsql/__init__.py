"""The language: T-SQL text to trees, and trees to what PostgreSQL runs. No input, no output."""
