# SPDX-License-Identifier: Apache-2.0
# The commands of the project; `make help` lists them. The work is done in tools/ and by CMake's presets.
PRESET ?= release
JOBS ?= $(shell nproc)
.DEFAULT_GOAL := build
.PHONY: mutants help run test bootstrap build fast bench bench-full tidy format nightly clean install deb
PREFIX ?= /usr/local

help:  ## list these commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

run:  ## build, then run a runaway example agent in a $0.50 fence; CMD='…' BUDGET=usd=5 runs your own
	@tools/bootstrap --build
	@$(MAKE) --no-print-directory build
	@tools/run-example

test:  ## everything CI runs
	@tools/test

bootstrap:  ## install what building and testing needs (Debian packages)
	@tools/bootstrap

build:  ## build the programs: build/ringfence, build/ringfence-mock (PRESET=release)
	@cmake --preset $(PRESET) --log-level=WARNING >/dev/null
	@cmake --build --preset $(PRESET) --target programs -j $(JOBS)

fast:  ## the unit tests only, in the release build
	@tools/test release

bench:  ## measure the wall beside what people would use instead; the short form, ten minutes
	@tools/bootstrap --bench
	@$(MAKE) --no-print-directory build PRESET=release
	@cmake --build --preset release --target bench_programs -j $(JOBS)
	@bench/run

bench-full:  ## all of it, for longer; writes bench/RESULTS.md and its pictures
	@tools/bootstrap --bench
	@$(MAKE) --no-print-directory build PRESET=release
	@cmake --build --preset release --target bench_programs -j $(JOBS)
	@bench/run --full --write

mutants:  ## break src/ledger and src/audit at every place, and see that the tests notice; writes docs/mutants.md's table
	@tools/bootstrap
	@tools/mutants

tidy:  ## formatting, layering and the other rules of the house
	@tools/tidy

format:  ## let clang-format rewrite the sources
	@tools/tidy --fix

nightly:  ## what CI runs, with long fuzzing, clang-tidy, the second release compiler, coverage and the long bench
	@tools/test --nightly

install: build  ## into $(PREFIX) (/usr/local), below DESTDIR; docs/install.md
	@cmake --build --preset $(PRESET) --target package_files
	@DESTDIR="$(DESTDIR)" cmake --install build/$(PRESET) --prefix "$(PREFIX)" --strip

deb: build  ## a Debian package, in build/deb
	@cmake --build --preset $(PRESET) --target package_files
	@cd build/$(PRESET) && cpack -B "$(CURDIR)/build/deb" | grep '^CPack: - package'

clean:  ## remove build/
	@rm -rf build
