# SPDX-License-Identifier: MIT OR Apache-2.0
#
# tools/xtask does the work of most targets; see docs/reference/make.md.

KDIR ?= /lib/modules/$(shell uname -r)/build
CARGO ?= cargo

YNL_GEN_RUST ?= $(CARGO) run --quiet -p ynl-gen-rust --
# Without -p, all builds have the features of the whole workspace and share their dependencies.
QUICK = --quiet --profile xtask
XTASK = $(CARGO) xtask
WITH_FAMILY = $(if $(FAMILY),--family '$(FAMILY)')

.PHONY: help demo test test-debug test-differential test-stock check docs screenshot matrix fuzz fuzz-client fuzz-specs guest shell codegen modules greetctl deb publish-check release-check clean distclean bench

help:
	@echo 'make demo           boot a kernel, load the module, show a session (first 10 min, then seconds)'
	@echo 'make test           run all tests, on the host and in the booted kernel (over 30 min)'
	@echo 'make test-debug     run the in-kernel tests in a debug kernel: KASAN, lockdep, kmemleak (first 30 min, then 15 min)'
	@echo 'make test-differential  compare families in Rust with the kernel in C (2 min; first also a kernel)'
	@echo 'make test-stock     build and run the module with the kernels of Debian; needs root (first 30 min, then 10 min)'
	@echo 'make bench          compare the client library with others, and the modules with C'
	@echo 'make fuzz           fuzz the module and compare its answers with a model, for SECONDS=60'
	@echo 'make fuzz-client    fuzz the client library and the spec compiler, for SECONDS=60 each'
	@echo 'make fuzz-specs     compile the code generated from random specs, for SECONDS=60 on each side'
	@echo 'make check          check format, lints, documentation, invariants and dependencies (5 min)'
	@echo 'make matrix         build the module with other kernels and compilers, boot, greet (first hours, then 10 min)'
	@echo 'make docs           build the book, check its links, run its examples (5 min)'
	@echo 'make screenshot     draw the session of the tutorial'
	@echo "make guest CMD='…'  run a command in a booted guest with the module loaded"
	@echo 'make shell          start a shell in a booted guest; FAMILY=DIR also loads your own module'
	@echo 'make codegen        regenerate the files made from specs'
	@echo 'make modules        build greetctl, and the module for KDIR=$(KDIR)'
	@echo 'make install        install both, greetctl below PREFIX=$(PREFIX); see docs/how-to/install.md'
	@echo 'make deb            build Debian packages of both, and test them in a clean Debian (3 min)'
	@echo 'make publish-check  package the crates as for publishing, and build the packages (3 min)'
	@echo 'make release-check  run check, test, docs, deb and publish-check (first over an hour)'
	@echo 'make clean          remove the build results in this directory'
	@echo 'make distclean      remove them and the cache with the kernel'
	@echo 'Variables: docs/reference/make.md'

# CASES='uml pc' runs only these cases.
matrix: export CASES := $(CASES)
demo test test-debug test-differential test-stock check docs screenshot matrix: xtask
	@$(XTASK) $@

# Rewrites the tables of docs/explanation/benchmarks.md. BENCH='--only host' runs a part.
bench: xtask
	@cd bench && $(CARGO) run --quiet --release -p bench -- $(BENCH)

# In the environment, so that no shell expands the command.
guest: export GREET_CMD = $(value CMD)
guest: xtask
	@test -n "$$GREET_CMD" || { echo "make guest CMD='…': no command" >&2; exit 2; }
	@$(XTASK) guest $(WITH_FAMILY)

# Prints its seed; SEED= repeats a run. GREET_MACHINE=debug selects the debug kernel.
fuzz: SECONDS ?= 60
fuzz: export GREET_CMD = suite --exact fuzz::answers_and_state_match_the_model
fuzz: export GREET_SUITE_FUZZ_SECONDS = $(SECONDS)
fuzz: export GREET_SUITE_FUZZ_SEED = $(SEED)
fuzz: export GREET_DEADLINE = $(shell expr $(SECONDS) + 300)
fuzz: xtask
	@$(XTASK) guest

fuzz-client: SECONDS ?= 60
fuzz-client:
	@tests/fuzz/run '$(SECONDS)'

# Prints its seed; SEED= repeats a run.
RANDOM_SPECS = $(CARGO) run $(QUICK) --bin random-specs --
fuzz-specs: SECONDS ?= 60
fuzz-specs: FROM = --seconds '$(SECONDS)' $(if $(SEED),--seed '$(SEED)')
fuzz-specs: xtask
	@$(RANDOM_SPECS) $(FROM) user
	@$(RANDOM_SPECS) $(FROM) header
	@$(XTASK) fuzz-specs $(FROM)

shell: xtask
	@$(XTASK) shell $(WITH_FAMILY)

# CHECK=--check shows the differences and writes nothing.
codegen:
	@$(YNL_GEN_RUST) $(CHECK) --spec policy/greet.yaml --kernel kmodule/greet_nl.rs \
		--user userspace/greet/src/protocol.rs --uapi policy/greet.h --doc docs/reference/protocol.md \
		--wireshark policy/greet.lua --syzkaller policy/greet.syz.txt
	@$(YNL_GEN_RUST) $(CHECK) --spec tests/families/shelf/shelf.yaml \
		--kernel tests/families/shelf/kmodule/shelf_nl.rs \
		--user tests/families/shelf/client/src/protocol.rs
	@$(YNL_GEN_RUST) $(CHECK) --spec policy/nlctrl.yaml --genl-path crate \
		--user userspace/genl/src/nlctrl.rs
	@$(YNL_GEN_RUST) $(CHECK) --spec tools/ynl-gen-rust/tests/specs/every_type.yaml \
		--user tools/ynl-gen-rust/tests/generated/every_type.rs
	@$(YNL_GEN_RUST) $(CHECK) --spec tools/ynl-gen-rust/tests/specs/every_legacy_type.yaml \
		--user tools/ynl-gen-rust/tests/generated/every_legacy_type.rs

# Built from a copy, so that the checkout holds no objects. RUSTC= on the command line is the kernel's
# compiler: it does not build greetctl. A kernel built with clang needs modules built with clang.
ifeq ($(origin RUSTC),command line)
unexport RUSTC
KERNEL_RUSTC = $(RUSTC)
endif
MODULE_SOURCE = '$(CURDIR)/target/modules'
modules:
	@case '$(CURDIR)' in *[\ :]*) \
		echo 'make: the path $(CURDIR) contains a space or a colon, which Kbuild does not support' >&2; exit 1 ;; \
	esac
	@mkdir -p $(MODULE_SOURCE) && cp -Rp Kbuild kmodule $(MODULE_SOURCE)
	@kdir=$$(RUSTC='$(KERNEL_RUSTC)' tools/rust-metadata --at-least 7.3 '$(KDIR)') && \
		$(MAKE) -C "$$kdir" M=$(MODULE_SOURCE) $(if $(KERNEL_RUSTC),RUSTC='$(KERNEL_RUSTC)') \
		$(if $(shell grep -s '^CONFIG_CC_IS_CLANG=y' '$(KDIR)/include/config/auto.conf'),LLVM=1) modules
	@echo $(MODULE_SOURCE)/greet.ko
	@$(MAKE) --no-print-directory greetctl

greetctl:
	$(CARGO) build --release -p greetctl

# The packages are in target/deb. Testing them needs root.
deb: xtask greetctl
	@$(XTASK) deb

# Builds each crate from the files to be uploaded. Needs cargo 1.90. After a release, compares the public
# items with it, which needs cargo-semver-checks.
publish-check:
	$(CARGO) publish --dry-run --workspace --locked
	@tag=$$(git describe --tags --abbrev=0 2>/dev/null) || exit 0; \
		$(CARGO) semver-checks -p genl -p greet -p ynl-gen-rust --baseline-rev "$$tag"

# One after the other, since all use one cache.
release-check:
	@for part in check test docs deb publish-check; do \
		$(MAKE) --no-print-directory $$part || exit; \
	done

include packaging/install.mk

clean:
	$(CARGO) clean

distclean:
	@$(XTASK) distclean
	$(CARGO) clean

.PHONY: xtask
xtask:
	@test -e target/xtask/xtask || echo 'Building xtask (about 1 min) ...' >&2
	@$(CARGO) build $(QUICK) --bin xtask
