docs:
	python tools/docs.py

.PHONY: docs
