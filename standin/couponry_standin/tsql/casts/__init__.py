"""One module per family of conversion targets; ``conversion`` picks among them."""
