# Portico in a container: the built program, the packages it runs with, an unprivileged user.
#
#   docker build -t portico .
#   docker run --init -p 127.0.0.1:2007:2007 portico

FROM node:26.10.0-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# The image has the right Node.js, so no package's install script has anything to do.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY bin bin
COPY scripts scripts
COPY src src
RUN npm run build

FROM node:26.10.0-slim AS packages
WORKDIR /packages
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:26.10.0-slim
LABEL org.opencontainers.image.title="Portico" \
      org.opencontainers.image.description="One daemon for the protocols that scripts, devices and old systems still speak" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
WORKDIR /opt/portico
COPY --from=packages /packages/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json LICENSE ./
COPY bin bin
COPY templates templates
COPY examples/container.yaml /etc/portico/daemon.config.yaml
RUN ln -s /opt/portico/bin/portico.js /usr/local/bin/portico \
 && groupadd --gid 10001 portico \
 && useradd --uid 10001 --gid portico --no-create-home --home-dir /var/lib/portico --shell /usr/sbin/nologin portico \
 && install -d -o portico -g portico -m 0750 /var/lib/portico
USER portico
WORKDIR /var/lib/portico
VOLUME /var/lib/portico
# The configuration that comes with the image is tried while it is made.
RUN portico check -c /etc/portico/daemon.config.yaml
EXPOSE 2007/tcp 2007/udp 2013/tcp 2017/tcp 2023/tcp 9080/tcp
# Portico waits for its own children, but not for what programs of `exec` services leave behind: `--init` does that.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s --retries=3 \
  CMD ["portico", "status", "-c", "/etc/portico/daemon.config.yaml"]
ENTRYPOINT ["portico"]
CMD ["run", "-c", "/etc/portico/daemon.config.yaml"]
