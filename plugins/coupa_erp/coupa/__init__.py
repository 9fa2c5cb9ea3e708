"""Coupa over HTTP: connection, token, transport, and one method for each call of Coupa's article."""
