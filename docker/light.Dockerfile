# What measures heads, without PyTorch. From the root of a clone:
#   docker build -f docker/light.Dockerfile -t fdu-light .
#   docker run --rm --read-only --network none -v "$PWD/scans:/in:ro" -v "$PWD/found:/out" fdu-light /in --out /out/found
FROM python:3.11-slim AS build
WORKDIR /source
COPY settings.ini ./
COPY light light
COPY fetal_dilated_unet fetal_dilated_unet
RUN pip wheel --no-cache-dir --wheel-dir /wheels ./light

FROM python:3.11-slim
COPY --from=build /wheels /wheels
# hadolint ignore=DL3013
RUN pip install --no-cache-dir --no-index --find-links /wheels fetal_dilated_unet_light \
    && rm -rf /wheels \
    && useradd --no-create-home --uid 1000 reader \
    && mkdir /out && chown 1000 /out
USER 1000
ENV PYTHONDONTWRITEBYTECODE=1
WORKDIR /out
ENTRYPOINT ["fdu_segment"]
