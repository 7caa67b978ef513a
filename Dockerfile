# The image of the operator, and of the simulator, for linux/amd64 and linux/arm64:
#   docker buildx build --platform linux/amd64,linux/arm64 --tag registry.example/automix-operator:0.1.0 .
# The base can be pinned: --build-arg PYTHON=python:3.11-slim-bookworm@sha256:...
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS wheel
WORKDIR /src
COPY requirements/build.txt requirements/
RUN python3 -m venv /build && /build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY operator operator
RUN /build/bin/hatchling build --target wheel --directory /wheel

FROM ${PYTHON} AS installed
WORKDIR /src
COPY requirements/run.txt requirements/
# Nothing is compiled here: what has no wheel for the platform is an error.
RUN python3 -m venv /opt/automix && \
    /opt/automix/bin/pip install --no-cache-dir --only-binary=:all: --require-hashes -r requirements/run.txt
COPY --from=wheel /wheel /wheel
RUN /opt/automix/bin/pip install --no-cache-dir --no-deps --no-index /wheel/*.whl

FROM ${PYTHON}
COPY --from=installed /opt/automix /opt/automix
ENV PATH=/opt/automix/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# Nobody: a number, so that the kubelet can see that it is not root.
USER 65532:65532
CMD ["automix", "run", "--all-namespaces"]
