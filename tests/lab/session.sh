# SPDX-License-Identifier: MIT OR Apache-2.0
#
# What `make look` draws. It runs in the guest, with the module loaded.

# The picture is of a terminal with colours.
unset NO_COLOR

# Shows a line for the shell, then runs it; it must have the status.
show() {
	printf '\033[32m$\033[0m \033[1m%s\033[0m\n' "$2"
	status=0
	eval "$2" || status=$?
	printf '\n'
	[ $status = "$1" ] || exit 1
}

show 0 'greetctl greet World'
show 0 'greetctl greet Ünï --style formal'
show 0 'greetctl greet World --no-ack'
show 1 "greetctl greet ''"
show 0 'greetctl peers'
show 1 'greetctl settings set --peer-limit 0'
show 0 'greetctl stats --json'
show 0 'greetctl family | head -8'
