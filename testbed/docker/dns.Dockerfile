# Real DNS software, and Prometheus, from Debian's packages. Configurations come from a volume that
# `python -m testbed.prepare` fills. Targets: authority (NSD), oddities (dnsdist), resolver (Unbound, tcpdump),
# prometheus.

FROM debian:bookworm-slim AS base
RUN groupadd --gid 10001 nxcast \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin nxcast

FROM base AS authority
RUN apt-get update -q && apt-get install -y -q --no-install-recommends nsd && rm -rf /var/lib/apt/lists/*
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT ["nsd", "-d", "-c"]

FROM base AS oddities
RUN apt-get update -q && apt-get install -y -q --no-install-recommends dnsdist && rm -rf /var/lib/apt/lists/*
USER 10001:10001
ENTRYPOINT ["dnsdist", "--supervised", "--disable-syslog", "-C"]

# tcpdump may open raw sockets by itself, so that nothing here needs root.
FROM base AS resolver
RUN apt-get update -q \
 && apt-get install -y -q --no-install-recommends unbound tcpdump libcap2-bin \
 && setcap cap_net_raw+ep /usr/bin/tcpdump \
 && apt-get purge -y -q libcap2-bin \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o 10001 -g 10001 -m 755 /capture
COPY testbed/docker/resolver.sh /usr/local/bin/resolver
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT ["sh", "/usr/local/bin/resolver"]

FROM base AS prometheus
RUN apt-get update -q \
 && apt-get install -y -q --no-install-recommends prometheus && rm -rf /var/lib/apt/lists/* \
 && install -d -o 10001 -g 10001 /data
COPY testbed/prometheus /etc/nxcast-prometheus
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT ["prometheus", "--config.file=/etc/nxcast-prometheus/prometheus.yml", "--storage.tsdb.path=/data"]
