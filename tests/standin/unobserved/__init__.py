"""That couponry observes nothing in which the stand-in differs from SQL Server, rule by rule."""
