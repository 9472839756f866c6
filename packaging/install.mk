# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Installs and uninstalls the built files; included by the Makefile. Nothing is built here, because
# root should not build and often has no cargo. An uninstall target removes each file that its
# install target adds.

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man/man1
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share/greet
# Path of the kernel's YNL tools, independent of PREFIX.
YNLDIR ?= /usr/share/ynl
# Path of DKMS sources.
SRCDIR ?= /usr/src

# The built files.
GREETCTL ?= $(or $(CARGO_TARGET_DIR),target)/release/greetctl
MODULE ?= target/modules

VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
DKMS_SOURCE = $(SRCDIR)/greet-$(VERSION)

# Directories that the installation may have created. Uninstalling removes them if they are empty,
# in this order. Directories of every system, such as PREFIX/bin, stay.
OWN_DIRS = $(DATADIR) $(YNLDIR)/specs $(YNLDIR) $(INCLUDEDIR)/linux $(MANDIR) \
	$(foreach path,$(BASHDIR) $(ZSHDIR) $(FISHDIR),$(path) $(patsubst %/,%,$(dir $(path))))

.PHONY: install install-greetctl install-module install-dkms
.PHONY: uninstall uninstall-greetctl uninstall-module uninstall-dkms

# greetctl comes first because `make modules` builds it last.
install: install-greetctl install-module
uninstall: uninstall-module uninstall-greetctl

install-greetctl:
	@test -e $(GREETCTL) || { echo 'make $@: first run make greetctl, as yourself' >&2; exit 1; }
	umask 022; mkdir -p $(addprefix $(DESTDIR),$(MANDIR) $(BASHDIR) $(ZSHDIR) $(FISHDIR))
	install -D -m 755 $(GREETCTL) $(DESTDIR)$(BINDIR)/greetctl
	umask 022; $(GREETCTL) man --dir $(DESTDIR)$(MANDIR)
	umask 022; $(GREETCTL) completions bash >$(DESTDIR)$(BASHDIR)/greetctl
	umask 022; $(GREETCTL) completions zsh >$(DESTDIR)$(ZSHDIR)/_greetctl
	umask 022; $(GREETCTL) completions fish >$(DESTDIR)$(FISHDIR)/greetctl.fish
	install -D -m 644 policy/greet.yaml $(DESTDIR)$(YNLDIR)/specs/greet.yaml
	install -D -m 644 policy/greet.h $(DESTDIR)$(INCLUDEDIR)/linux/greet.h
	install -D -m 644 policy/greet.lua $(DESTDIR)$(DATADIR)/greet.lua

uninstall-greetctl:
	rm -f $(addprefix $(DESTDIR), \
		$(BINDIR)/greetctl $(MANDIR)/greetctl.1 $(MANDIR)/greetctl-*.1 \
		$(BASHDIR)/greetctl $(ZSHDIR)/_greetctl $(FISHDIR)/greetctl.fish \
		$(YNLDIR)/specs/greet.yaml $(INCLUDEDIR)/linux/greet.h \
		$(DATADIR)/greet.lua)
	for dir in $(addprefix $(DESTDIR),$(OWN_DIRS)); do \
		test ! -d $$dir || rmdir --ignore-fail-on-non-empty $$dir; \
	done

# The kernel's own depmod step skips build directories without a System.map, such as distributions'
# headers. With DESTDIR, run depmod after moving the files to their place.
install-module:
	@test -e $(MODULE)/greet.ko || { echo 'make $@: first run make modules, as yourself' >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(abspath $(MODULE)) DEPMOD=true INSTALL_MOD_DIR=updates \
		$(if $(DESTDIR),INSTALL_MOD_PATH=$(abspath $(DESTDIR))) modules_install
	$(if $(DESTDIR),,depmod $$(cat $(KDIR)/include/config/kernel.release))

# Removes the module of each kernel. DKMS removes the modules that it has built.
uninstall-module:
	for module in $(DESTDIR)/lib/modules/*/updates/greet.ko*; do \
		test -e "$$module" || continue; \
		rm "$$module"; dir=$${module%/updates/*}; \
		rmdir --ignore-fail-on-non-empty "$$dir/updates"; \
		$(if $(DESTDIR),:,depmod "$${dir##*/}"); \
	done

install-dkms:
	find Kbuild kmodule -type f -exec install -D -m 644 {} $(DESTDIR)$(DKMS_SOURCE)/{} \;
	install -D -m 755 tools/rust-metadata $(DESTDIR)$(DKMS_SOURCE)/rust-metadata
	umask 022; sed 's/#MODULE_VERSION#/$(VERSION)/' packaging/dkms.conf >$(DESTDIR)$(DKMS_SOURCE)/dkms.conf

uninstall-dkms:
	rm -rf $(DESTDIR)$(DKMS_SOURCE)
