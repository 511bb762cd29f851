"""Forms that articles have beside running text: interviews, live blogs, notes of correction, tables."""
