# Runs inside the flannel container once it has started: writes the CNI configuration only when the pod network works.
# A node is Ready as soon as that file is there; pods that start before their network fail, and wait long to be tried again.
set -eu
tries=0
until [ -s /run/flannel/subnet.env ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 600 ] || exit 1
  sleep 0.1
done
cp /etc/kube-flannel/cni-conf.json /etc/cni/net.d/.10-flannel.conflist
mv /etc/cni/net.d/.10-flannel.conflist /etc/cni/net.d/10-flannel.conflist
