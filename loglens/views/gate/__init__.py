"""The gate's result in the formats that people and CI systems read: one file each, `render(result) -> str`."""
