# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The session of `make screenshot`. Runs in the guest, with the module loaded.

# The picture has colours, and is narrow enough for a phone.
unset NO_COLOR
export CLICOLOR_FORCE=1
columns=56

prompt() {
	printf '\033[32m$\033[0m \033[1m%s\033[0m\n' "$1"
}

# Prints a shell command line, then runs it. It must exit with the status $1.
show() {
	prompt "$2"
	status=0
	eval "$2" >/tmp/shown 2>&1 || status=$?
	fold -s -w $columns /tmp/shown
	printf '\n'
	[ $status = "$1" ] || exit 1
}

# Succeeds if a socket has joined a multicast group of generic netlink.
listens() {
	awk '$2 == 16 && $4 !~ /^0*$/ { found = 1 } END { exit !found }' /proc/net/netlink
}

show 0 'greetctl greet World'
show 0 'greetctl greet Ünï --cookie c0ffee --json'
show 1 "greetctl greet ''"
prompt 'greetctl monitor --count 2 >log &'
greetctl monitor --count 2 >/tmp/log 2>/dev/null &
until listens; do
	kill -0 $! || exit 1
	sleep 0.01
done
show 0 'greetctl settings set --default-style formal'
show 0 'greetctl greet Ann'
wait
prompt 'cat log'
fold -s -w $columns /tmp/log
printf '\n'
show 0 'greetctl peers'
show 0 'greetctl stats'
