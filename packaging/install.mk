# SPDX-License-Identifier: MIT OR Apache-2.0
#
# What goes where on a user's machine; included by the Makefile. Nothing is built here, for root has
# no part in building, and often no cargo. A file that is added here is also taken away here.

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man/man1
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share/greet
# Where the kernel's own YNL tools look, whatever our prefix is.
YNLDIR ?= /usr/share/ynl
# Where dkms looks.
SRCDIR ?= /usr/src

# What was built before.
GREETCTL ?= $(or $(CARGO_TARGET_DIR),target)/release/greetctl
MODULE ?= target/modules

VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
DKMS_SOURCE = $(SRCDIR)/greet-$(VERSION)

# Folders that only what is installed here may have brought, if nothing else is in them; the last
# come first. Those that every system has, such as PREFIX/bin, stay.
OWN_FOLDERS = $(DATADIR) $(YNLDIR)/specs $(YNLDIR) $(INCLUDEDIR)/linux $(MANDIR) \
	$(foreach folder,$(BASHDIR) $(ZSHDIR) $(FISHDIR),$(folder) $(patsubst %/,%,$(dir $(folder))))

.PHONY: install install-greetctl install-module install-dkms
.PHONY: uninstall uninstall-greetctl uninstall-module uninstall-dkms

# greetctl first, for `make modules` builds it last.
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
	install -D -m 644 packaging/modules-load.conf $(DESTDIR)$(DATADIR)/modules-load.conf

uninstall-greetctl:
	rm -f $(addprefix $(DESTDIR), \
		$(BINDIR)/greetctl $(MANDIR)/greetctl.1 $(MANDIR)/greetctl-*.1 \
		$(BASHDIR)/greetctl $(ZSHDIR)/_greetctl $(FISHDIR)/greetctl.fish \
		$(YNLDIR)/specs/greet.yaml $(INCLUDEDIR)/linux/greet.h \
		$(DATADIR)/greet.lua $(DATADIR)/modules-load.conf)
	for folder in $(addprefix $(DESTDIR),$(OWN_FOLDERS)); do \
		test ! -d $$folder || rmdir --ignore-fail-on-non-empty $$folder; \
	done

# The kernel's own depmod step leaves out build folders without a System.map, as distributions'
# headers are. Below DESTDIR it is for who brings the files to their place.
install-module:
	@test -e $(MODULE)/greet.ko || { echo 'make $@: first run make modules, as yourself' >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(abspath $(MODULE)) DEPMOD=true INSTALL_MOD_DIR=updates \
		$(if $(DESTDIR),INSTALL_MOD_PATH=$(abspath $(DESTDIR))) modules_install
	$(if $(DESTDIR),,depmod $$(cat $(KDIR)/include/config/kernel.release))

# For whatever kernels it was installed. What dkms has built is dkms's.
uninstall-module:
	for module in $(DESTDIR)/lib/modules/*/updates/greet.ko*; do \
		test -e "$$module" || continue; \
		rm "$$module"; folder=$${module%/updates/*}; \
		rmdir --ignore-fail-on-non-empty "$$folder/updates"; \
		$(if $(DESTDIR),:,depmod "$${folder##*/}"); \
	done

install-dkms:
	find Kbuild kmodule -type f -exec install -D -m 644 {} $(DESTDIR)$(DKMS_SOURCE)/{} \;
	umask 022; sed 's/#MODULE_VERSION#/$(VERSION)/' packaging/dkms.conf >$(DESTDIR)$(DKMS_SOURCE)/dkms.conf

uninstall-dkms:
	rm -rf $(DESTDIR)$(DKMS_SOURCE)
