"""Parts used by every page: access, forms, rendering, badges."""
