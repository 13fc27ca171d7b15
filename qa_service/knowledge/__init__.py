"""The bank: Q&A pairs, their versions and variants, and the policies they rest on."""
