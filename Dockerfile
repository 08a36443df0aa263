# syntax=docker/dockerfile:1
# The program and nothing else: one static binary and the certificates it checks servers with. See docs/deploy/README.md.
#
#   docker build --tag ctlake \
#     --build-arg COMMIT="$(git rev-parse HEAD)" --build-arg DATE="$(git show --no-patch --format=%cs)" .

FROM rust:1.95-alpine AS build
RUN apk add --no-cache build-base ca-certificates linux-headers
WORKDIR /source
COPY . .
# `.git` stays outside: `--version` has the commit from here.
ARG COMMIT="" DATE=""
# `--build-arg FEATURES=--no-default-features` leaves `ctlake sql` out, and with it DataFusion and Polars, the most of what there is to compile.
ARG FEATURES=""
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/source/target \
    CTLAKE_BUILD_COMMIT=$COMMIT CTLAKE_BUILD_DATE=$DATE cargo build --release --locked $FEATURES \
    && install -D -s target/release/ctlake /image/usr/bin/ctlake \
    && install -D -m 644 /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt \
    && install -D -m 644 LICENSE /image/usr/share/licenses/ctlake/LICENSE \
    && install -d -o 65532 -g 65532 /image/work

FROM scratch
COPY --from=build /image /
# Nobody in particular; a number, so that Kubernetes can see that it is not root.
USER 65532:65532
# A lake in a folder is mounted here: `--volume "$PWD:/work"`.
WORKDIR /work
ENTRYPOINT ["/usr/bin/ctlake"]
