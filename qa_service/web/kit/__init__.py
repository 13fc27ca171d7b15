"""What every page uses: access, forms, rendering, labels."""
