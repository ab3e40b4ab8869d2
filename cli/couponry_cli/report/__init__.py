"""The report as one HTML file: what the figures are, how they are drawn, and the page itself."""
