"""What the mall tells beside its goods: articles, pages, comments, partners."""
