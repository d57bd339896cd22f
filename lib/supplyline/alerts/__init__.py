"""Alert rules, their conditions, the life of an alert and the commands people give. Knows no engine."""
