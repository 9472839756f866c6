# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Asks the family of the sample that the patches of docs/upstream add, by the
# kernel's own client. It runs in a guest whose kernel has the sample built in.

# Sends a request with these attributes; what is shown must hold all the texts.
ask() {
	printf '\n$ ynl --do greet --json %s\n' "'$1'"
	answer=$(/usr/bin/python3 "$GREET_KERNEL_SRC/tools/net/ynl/pyynl/cli.py" \
		--spec docs/upstream/rust-greet.yaml \
		--schema "$GREET_KERNEL_SRC/Documentation/netlink/genetlink.yaml" \
		--do greet --json "$1" 2>&1)
	printf '%s\n' "$answer"
	shift
	for text; do
		case $answer in
		*"$text"*) ;;
		*)
			printf 'There is no "%s" in it.\n' "$text"
			failed=1
			;;
		esac
	done
}

failed=0
long=$(printf '%065d' 0)
ask '{"name": "World"}' "{'message': 'Hello, World!'}"
ask '{}' 'nobody to greet: Invalid argument' "'miss-type': 'name'"
ask "{\"name\": \"$long\"}" "'max-length': 64" "'bad-attr': '.name'"
printf '\n$ genl ctrl policy name rust-greet\n'
genl ctrl policy name rust-greet || failed=1
exit $failed
