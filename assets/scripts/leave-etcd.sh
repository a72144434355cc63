#!/bin/sh
# leave-etcd.sh
# Runs whenever etcd has ended. A member that was taken out of the cluster ends by itself, and content: one that is told to end
# dies of the signal. The API server here would then take requests and keep them for a minute, though it cannot answer one:
# it goes at once, so that its clients try another.
set -eu
[ "${EXIT_CODE:-}/${EXIT_STATUS:-}" = exited/0 ] || exit 0
systemctl stop --no-block kube-apiserver kube-controller-manager kube-scheduler
systemctl kill --signal=KILL kube-apiserver
