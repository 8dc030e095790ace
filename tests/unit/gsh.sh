#!/bin/sh
# Builds and runs the gsh unit tests under the sanitizers, for one's own use.
set -e
cd "$(dirname "$0")/../.."
out=${OUT:-/tmp/gsh-unit}
mkdir -p $out/o
for f in apps/gsh/*.c tests/unit/gsh_fake.c; do
	case $f in */main.c|*/port_host*.c) continue;; esac
	o=$out/o/$(basename $f .c).o
	if [ ! -e $o ] || [ -n "$(find apps/gsh tests/unit -name '*.h' -newer $o)" ] || [ $f -nt $o ]; then
		gcc -std=gnu11 -g -O1 -fsanitize=address,undefined -Wall -Wextra -Iapps/gsh -Itests/unit -c -o $o $f
	fi
done
for t in ${*:-tests/unit/test_gsh_*.c}; do
	n=$(basename $t .c)
	gcc -std=gnu11 -g -O1 -fsanitize=address,undefined -Wall -Wextra -Iapps/gsh -Itests/unit -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc -o $out/$n $t tests/unit/gsh_alloc.c $out/o/*.o -lcmocka
	timeout 60 $out/$n 2>&1 | grep -v -E '^\[ +(OK|RUN) +\]|^\[=+\]' || echo "$n failed"
done
