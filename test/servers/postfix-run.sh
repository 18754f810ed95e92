#!/bin/sh
# Runs a private Postfix in the foreground, as root: postfix-run.sh DIR, where DIR holds conf/main.cf and conf/master.cf.
# It ends when standard input ends, which is how a caller without root's rights (through sudo) stops it, and how it stops
# when the caller dies.
set -eu
dir=$1
chmod 755 "$dir" "$dir/conf"
chown -R root: "$dir/conf"
mkdir -p "$dir/spool" "$dir/data" "$dir/spool/pid"
chown postfix "$dir/data"
for name in active bounce corrupt defer deferred flush hold incoming private saved trace; do
  install -d -o postfix -m 700 "$dir/spool/$name"
done
install -d -o postfix -g postdrop -m 710 "$dir/spool/public"
install -d -o postfix -g postdrop -m 1730 "$dir/spool/maildrop"
: >"$dir/mail.log"
chmod 644 "$dir/mail.log"
/usr/lib/postfix/sbin/master -c "$dir/conf" -s &
master=$!
trap 'kill "$master" 2>/dev/null || true' EXIT
cat >/dev/null
kill "$master" 2>/dev/null || true
wait "$master" || true
trap - EXIT
rm -rf "$dir/spool" "$dir/data" "$dir/conf"
