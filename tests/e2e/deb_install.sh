#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs, upgrades, removes and purges a package for real, in a copy of this system that is thrown
# away: an overlay in a mount namespace of its own. Run by test_packaging.py, as
#   unshare --mount tests/e2e/deb_install.sh PACKAGE FOLDER
# Exit 77 where the system does not let us make the copy.
set -eu
package=$1 folder=$2
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
{
  mount -t tmpfs tmpfs "$folder" && mkdir "$folder/new" "$folder/work" "$folder/root" &&
    mount -t overlay -o "lowerdir=/,upperdir=$folder/new,workdir=$folder/work" \
      overlay "$folder/root" &&
    mount --rbind /dev "$folder/root/dev" && mount -t proc proc "$folder/root/proc"
} || exit 77
cp "$package" "$folder/root/ringfence.deb"

chroot "$folder/root" sh -eu <<'INSIDE'
say() { # a label, then a command: one line of what it prints
  label=$1
  shift
  echo "$label: $("$@" 2>&1 | tr '\n' ' ' | sed 's/ $//')"
}
dpkg_quietly() { dpkg --force-unsafe-io "$@" >/dpkg.log 2>&1 || { cat /dpkg.log; exit 1; }; }

dpkg_quietly -i /ringfence.deb
say told grep '^ringfence: ' /dpkg.log
say modes stat -c '%n %U %G %a' /var/lib/ringfence /etc/ringfence
say user getent passwd ringfence
say version ringfence --version
say altered dpkg --verify ringfence
say conffiles dpkg-query -W -f '${Conffiles}' ringfence

# A daemon as that user, over what the package brought: its policy's example, and a record.
sed 's/key: {file: .*}/key: {env: NO_KEY}/' /usr/share/doc/ringfence/examples/policy.yaml \
  >/etc/ringfence/policy.yaml
mkfifo /told
setpriv --reuid ringfence --regid ringfence --init-groups ringfence serve \
  --policy /etc/ringfence/policy.yaml --data /var/lib/ringfence --listen 127.0.0.1:0 \
  >/told 2>/log &
read -r listening </told
echo "serve: $listening"
say doctor ringfence doctor --json --data /var/lib/ringfence
kill "$!"
wait "$!"
say record stat -c '%U %a' /var/lib/ringfence/journal.db

echo 'RINGFENCE_OPTIONS=--metrics-open' >/etc/default/ringfence
dpkg_quietly -i /ringfence.deb
say upgraded cat /etc/default/ringfence
dpkg_quietly -r ringfence
say removed ls /usr/bin/ringfence /usr/lib/systemd/system/ringfence.service /etc/default/ringfence
dpkg_quietly -P ringfence
say purge-told grep '^ringfence: ' /dpkg.log
say purged ls -d /etc/default/ringfence /etc/ringfence /usr/share/doc/ringfence
say kept stat -c '%U %a' /var/lib/ringfence/journal.db
INSIDE
