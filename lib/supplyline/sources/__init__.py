"""Sources: mappings of a shop's files to our tables (YAML → typed), and files → records, without any engine."""
