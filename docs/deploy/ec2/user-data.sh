#!/bin/bash
# EC2 user data: brings the dataset into a lake on S3, builds its tables, and switches the machine off. See docs/ec2.md.
# It runs as root at the first boot; what it needs of the image is bash, curl, tar, sha256sum and systemd.
set -euo pipefail

# The archive of a release and its line in SHA256SUMS; `aarch64` in the place of `x86_64` for Graviton.
archive=https://example.com/releases/v0.1.0/ctlake-0.1.0-x86_64-unknown-linux-musl.tar.gz
digest=0000000000000000000000000000000000000000000000000000000000000000
source=kaggle:hgunraj/covidxct
lake=s3://my-bucket/covidx
region=eu-central-1

curl --fail --location --silent --show-error --retry 5 --output /tmp/ctlake.tar.gz "$archive"
echo "$digest  /tmp/ctlake.tar.gz" | sha256sum --check --quiet
tar -xzf /tmp/ctlake.tar.gz --strip-components=1 --directory=/usr/local/bin --no-same-owner --wildcards '*/ctlake'

# Settings and secrets: KAGGLE_API_TOKEN goes here too, from your parameter store. Public datasets need none.
install -m 600 /dev/null /etc/ctlake.env
echo "AWS_REGION=$region" >>/etc/ctlake.env

cat >/etc/systemd/system/ctlake.service <<UNIT
[Unit]
Description=COVIDx CT into $lake
Wants=network-online.target
After=network-online.target
# What stays incomplete after so many tries needs somebody to look at it.
StartLimitIntervalSec=1d
StartLimitBurst=100
# Done: nothing more to pay for. A failure leaves the machine on, with its journal.
SuccessAction=poweroff

[Service]
ExecStart=/usr/local/bin/ctlake run $source --lake $lake
EnvironmentFile=/etc/ctlake.env
# Incomplete (3) goes on where it stopped; so does what a signal or the lack of memory has ended.
# Failed (1) and called wrongly (2) would be so again.
Restart=on-abnormal
RestartForceExitStatus=3
RestartSec=60
# The first SIGTERM lets it write its manifest.
TimeoutStopSec=60
DynamicUser=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
NoNewPrivileges=yes

[Install]
WantedBy=multi-user.target
UNIT

systemctl daemon-reload
systemctl enable --now --no-block ctlake.service
