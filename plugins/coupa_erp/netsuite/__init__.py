"""Oracle NetSuite: vendor bills and credits over SuiteTalk REST web services."""
