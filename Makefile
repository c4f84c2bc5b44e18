docs:
	python tools/docs.py

# What an environment holds, with licences, as CycloneDX: make sbom PYTHON=path/to/bin/python (needs pip install cyclonedx-bom)
PYTHON ?= python
sbom:
	cyclonedx-py environment "$$(command -v $(PYTHON))" --output-reproducible --of JSON -o sbom.cdx.json

.PHONY: docs sbom
