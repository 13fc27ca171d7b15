"""Building blocks of all pages: access, forms, rendering, badges."""
