# A static binary in an empty image, running as nobody in particular.
#   docker build -t apifront .
#   docker run -p 8080:8080 -v apifront:/data apifront
#
# The newest patch of Go 1.26, since its standard library is in the binary;
# go.mod asks for no patch. Where the registry can be asked, add the digest:
#   docker buildx imagetools inspect golang:1.26.11   and   FROM golang:1.26.11@sha256:…
FROM golang:1.26.11 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/apifront ./cmd/apifront && mkdir -p /out/data

FROM scratch
# Roots to verify AWS and the probed names with.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/apifront /apifront
# The data file lives here; a named volume takes over the owner.
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
VOLUME /data
ENV APIFRONT_DATABASE=/data/apifront.db APIFRONT_LISTEN=0.0.0.0:8080 TMPDIR=/data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/apifront", "health"]
ENTRYPOINT ["/apifront"]
CMD ["serve"]
