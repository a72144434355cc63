#!/bin/sh
# reserve-memory.sh
# Writes a part of kubelet's configuration: how much of this machine's memory is not for pods. Run whenever kubelet
# starts, so that a machine that was resized is used.
# Of the first GiB it is what the operating system, containerd, kubelet and kube-proxy were measured to need on a 1 GB
# machine. A larger one runs more pods, each with a shim of some 10 MB in containerd's group, and keeps more files at hand.
# Reference: https://kubernetes.io/docs/tasks/administer-cluster/reserve-compute-resources/ (1.36)
set -eu
. /usr/local/lib/hardway/lib.sh

# share MIB_AT_1_GIB PERCENT_OF_THE_REST
share() { echo "$(($1 + rest * $2 / 100))Mi"; }

rest=$(($(machine_mib) - 1024))
[ "$rest" -gt 0 ] || rest=0
make_work_dir
cat > "$work/memory" << CONFIG
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
systemReserved:
  memory: $(share 100 1)
kubeReserved:
  memory: $(share 150 5)
evictionHard:
  memory.available: $(share 50 1)
CONFIG
put_file "$work/memory" /etc/kubernetes/kubelet.conf.d/20-memory.conf 0644 root:root
