# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The session of `make demo`. Runs in the guest, with the module loaded.

# Prints a command, then runs it.
show() {
	printf '\n$ %s\n' "$*"
	"$@" || failed=1
}

# Prints a shell command line, then runs it. It must fail.
refused() {
	printf '\n$ %s\n' "$1"
	sh -c "$1" 2>&1 && failed=1
}

# Succeeds if a socket has joined a multicast group of generic netlink.
listens() {
	awk '$2 == 16 && $4 !~ /^0*$/ { found = 1 } END { exit !found }' /proc/net/netlink
}

failed=0
show uname -sr
show greetctl greet World
show greetctl greet Ünï --style formal --cookie c0ffee --json
show greetctl greet World --no-ack
refused "greetctl greet ''"
show greetctl peers
printf '\n$ greetctl monitor --count 2 >/tmp/monitor 2>&1 &\n'
greetctl monitor --count 2 >/tmp/monitor 2>&1 &
until listens; do
	kill -0 $! || break
	sleep 0.01
done
show greetctl settings set --default-style enthusiastic --peer-limit 2
show greetctl greet 世界
wait
show cat /tmp/monitor
refused 'greetctl settings set --peer-limit 0'
show greetctl stats
show greetctl family
show genl ctrl get name greet
show genl ctrl policy name greet
exit $failed
