"""DynamoDB as data and rules: tables, keys, one expression language, and the operations on items."""
