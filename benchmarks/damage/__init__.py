"""The damage campaign: thousands of damaged log folders through the whole pipeline."""
