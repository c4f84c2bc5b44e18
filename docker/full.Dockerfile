# The whole library, to train and to measure. From the root of a clone:
#   docker build -f docker/full.Dockerfile -t fdu .
#   docker run --rm --read-only --network none -v "$PWD/runs:/out" fdu fdu_reproduce --out /out/quick
FROM python:3.11-slim AS build
WORKDIR /source
COPY settings.ini setup.py pyproject.toml README.md ./
COPY fetal_dilated_unet fetal_dilated_unet
RUN pip wheel --no-cache-dir --wheel-dir /wheels .

FROM python:3.11-slim
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 && rm -rf /var/lib/apt/lists/*
COPY --from=build /wheels /wheels
# hadolint ignore=DL3013
RUN pip install --no-cache-dir --no-index --find-links /wheels fetal_dilated_unet \
    && rm -rf /wheels \
    && useradd --no-create-home --uid 1000 reader \
    && mkdir /out && chown 1000 /out
USER 1000
ENV PYTHONDONTWRITEBYTECODE=1 MPLCONFIGDIR=/out/.matplotlib FASTAI_HOME=/out/.fastai
WORKDIR /out
CMD ["fdu_reproduce", "--help"]
