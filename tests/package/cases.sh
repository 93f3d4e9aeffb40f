#!/usr/bin/env bash
# cases.sh NAME   Runs one case of tests/package; CTest says in the environment where everything is.
set -euo pipefail

root=$WORK/root
unset PREFECT_SQLALCHEMY_DRIVER_PATH PREFECT_SQLALCHEMY_ADD_DRIVER_PATH LD_LIBRARY_PATH PSA_URL DESTDIR
export PREFECT_HOME=$WORK/home XDG_DATA_HOME=$WORK/data

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}
# contains TEXT PIECE
contains() { case $1 in *"$2"*) ;; *) fail "\"$2\" is not in: $1" ;; esac }

# install_component NAME [ROOT]
install_component() { "$CMAKE" --install "$BUILD" --component "$1" --prefix "${2:-$root}" >"$WORK/$1.log"; }
libraries() { find "$root" -type d -name prefect-sqlalchemy -path '*/lib*' -exec dirname {} \;; }

# configure SOURCE NAME [argument...]   A project of its own, as a user configures it.
configure() {
  local source=$1 build=$WORK/$2
  shift 2
  rm -rf "$build"
  "$CMAKE" -S "$source" -B "$build" -G Ninja -DCMAKE_PREFIX_PATH="$root" "$@" >"$build.log" 2>&1 ||
    { cat "$build.log" >&2; fail "cannot be configured"; }
}
build() { "$CMAKE" --build "$WORK/$1" "${@:2}" >>"$WORK/$1.log" 2>&1 || { tail -50 "$WORK/$1.log" >&2; fail "cannot be built"; }; }

IsInstalledByComponents() {
  rm -rf "$WORK"
  mkdir -p "$WORK"
  local component
  for component in library driver_sdk development psa conformance driver_sqlite; do install_component $component; done
  [ -x "$root/bin/psa" ] || fail 'no psa'
  [ -f "$root/share/man/man1/psa.1" ] || fail 'no man page'
  [ -f "$root/share/bash-completion/completions/psa" ] || fail 'no completion'
  contains "$(find "$root" -name '*.so')" prefect-sqlalchemy/drivers/sqlite.so
  [ "$(find "$root" -path '*drivers/*.so' | wc -l)" = 1 ] || fail 'another driver was installed unasked'
}

QuickstartRunsFromAnEmptyRoot() {
  mkdir -p "$WORK/quickstart" && cd "$WORK/quickstart" && rm -f customers.db
  export LD_LIBRARY_PATH
  LD_LIBRARY_PATH=$(libraries)
  contains "$(ldd "$BUILD/bin/quickstart")" "$LD_LIBRARY_PATH/libprefect_sqlalchemy.so.0"
  contains "$("$BUILD/bin/quickstart")" 'Marvin, Highway 42'
  unset LD_LIBRARY_PATH  # the command finds its library by itself
  contains "$("$root/bin/psa" runs show)" "Task run 'setup_table"
  contains "$("$root/bin/psa" query customers-db 'SELECT name FROM customers')" Ford
}

APluginThatIsAddedServesItsNamesAndOneThatIsRemovedIsMissing() {
  [ "$POSTGRES" = 1 ] || exit 77
  local other=$WORK/postgres-files files
  rm -rf "$other"
  install_component driver_postgres "$other"
  cp -r "$other/." "$root"
  files=$(cd "$other" && find . -type f)
  contains "$("$root/bin/psa" doctor postgresql+psycopg2)" 'verdict    taken'
  if [ -n "${PSA_TEST_POSTGRES_URL:-}" ]; then
    contains "$("$root/bin/psa" query env:PSA_TEST_POSTGRES_URL 'SELECT 6 * 7 AS answer')" 42
  fi
  (cd "$root" && rm $files)
  contains "$("$root/bin/psa" query postgresql+psycopg2://127.0.0.1/none 'SELECT 1' 2>&1 || [ $? = 1 ])" \
    'install    apt install prefect-sqlalchemy-driver-postgres'
}

HeadersAreWhole() {
  local included
  # Each includes what is installed, of this project, of Boost, or of the standard library.
  grep -rhoE '#include <(prefect|psa)[^>]*>' "$root/include" | sort -u | sed 's/#include <\(.*\)>/\1/' |
    while read -r included; do
      [ -f "$root/include/$included" ] || fail "$included is included and not installed"
    done
  included=$(grep -rhoE '#include <[a-z]+/[^>]*>' "$root/include" | grep -vE '<(prefect|prefect_sqlalchemy|psa|sys)/' |
    sed 's/#include <\([^/]*\).*/\1/' | sort -u)
  [ "$included" = boost ] || fail "headers include others than Boost's: $included"
  # And each can be included, before and after all others.
  (cd "$root/include" && find . -name '*.hpp' | sed 's/^\.\/\(.*\)/#include <\1>/' | sort) >"$WORK/headers.txt"
  cat "$WORK/headers.txt" <(tac "$WORK/headers.txt") >"$WORK/headers.cpp"
  "$CXX" -std=c++20 -fsyntax-only -Wall -Wextra -I"$root/include" "$WORK/headers.cpp"
}

FindPackageBuildsAConsumer() {
  configure "$SOURCE/tests/package/consumer" find_package
  build find_package
  contains "$("$WORK/find_package/consumer")" "$VERSION whole 42"
}

PkgConfigBuildsAConsumer() {
  export PKG_CONFIG_PATH
  PKG_CONFIG_PATH=$(libraries)/pkgconfig
  [ "$(pkg-config --modversion prefect-sqlalchemy)" = "$VERSION" ] || fail 'wrong version'
  "$CXX" -std=c++20 "$SOURCE/tests/package/consumer/consumer.cpp" -o "$WORK/by_pkg_config" \
    $(pkg-config --cflags --libs prefect-sqlalchemy) "-Wl,-rpath,$(libraries)"
  contains "$("$WORK/by_pkg_config")" "$VERSION whole 42"
}

# Building the library a second time is what takes long, so it is done only where PSA_TEST_SUBDIRECTORY is set, as in
# CI; else the consumer's own source is compiled as that project has it, and linked with the library that this build
# tree has.
AddSubdirectoryBuildsAConsumer() {
  configure "$SOURCE/tests/package/consumer" add_subdirectory -DAS_SUBDIRECTORY="$SOURCE" -DCMAKE_UNITY_BUILD=ON \
    -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 -DPSA_DRIVER_POSTGRES=OFF -DPSA_DRIVER_MYSQL=OFF
  [ -z "$("$CMAKE" --build "$WORK/add_subdirectory" --target help | grep -E '_tests|quickstart|psa_completion')" ] ||
    fail 'tests, examples or the command are built unasked'
  if [ -n "${PSA_TEST_SUBDIRECTORY:-}" ]; then
    build add_subdirectory --target consumer psa_driver_sqlite
    contains "$("$WORK/add_subdirectory/consumer")" "$VERSION whole 42"
    return
  fi
  build add_subdirectory --target CMakeFiles/consumer.dir/consumer.cpp.o
  "$CXX" "$WORK/add_subdirectory/CMakeFiles/consumer.dir/consumer.cpp.o" -o "$WORK/by_add_subdirectory" \
    -L"$BUILD/lib" -lprefect_sqlalchemy -lboost_json "-Wl,-rpath,$BUILD/lib"
  contains "$("$WORK/by_add_subdirectory")" "$VERSION whole 42"
}

AStaticProgramHasItsDriversInside() {
  configure "$SOURCE/tests/package/static_program" static_program
  build static_program
  local program=$WORK/static_program/static_program said
  case $(ldd "$program") in *prefect*) fail 'the library is linked dynamically' ;; esac
  said=$("$program")
  contains "$said" 'sqlite (linked): 42'
  [ "$POSTGRES" = 0 ] || [ -z "${PSA_TEST_POSTGRES_URL:-}" ] || contains "$said" '(linked): 42
postgresql'
}

TheSdkAloneBuildsDrivers() {
  local all=$root
  root=$WORK/sdk
  rm -rf "$root"
  install_component driver_sdk "$root"
  configure "$SOURCE/tests/package/c_driver" c_driver -DFAKES="$SOURCE/tests/fakes"
  build c_driver
  configure "$SOURCE/tests/package/cxx_driver" cxx_driver -DPLUGIN="$SOURCE/plugins/sqlite" -DCMAKE_UNITY_BUILD=ON
  build cxx_driver
  "$CMAKE" --install "$WORK/c_driver" --prefix "$root/c" >/dev/null
  "$CMAKE" --install "$WORK/cxx_driver" --component driver_sqlite --prefix "$root/cxx" >/dev/null
  export PREFECT_SQLALCHEMY_DRIVER_PATH=$root/c/lib/prefect-sqlalchemy/drivers:$root/cxx/lib/prefect-sqlalchemy/drivers
  contains "$("$all/bin/psa" doctor fake+elsewhere)" 'verdict    taken'
  contains "$("$all/bin/psa" drivers)" 'sqlite 9.9.9'
  contains "$("$all/bin/psa" query sqlite:// 'SELECT 6 * 7 AS answer')" 42
}

# conforms PLUGIN URL TRAITS   The installed psa-conformance finds nothing wrong, and something right.
conforms() {
  local report=$WORK/conformance.txt
  "$root/bin/psa-conformance" "$1" --url "$2" --traits "$3" >"$report" 2>&1 || { cat "$report" >&2; fail "$1 does not conform"; }
  contains "$(cat "$report")" 'the driver conforms'
}

TheExampleInCIsADriver() {
  configure "$SOURCE/examples/driver-c" driver_c
  build driver_c
  local folder=$WORK/driver_c/prefect-sqlalchemy/drivers by_hand=$WORK/driver_c/by_hand traits=$SOURCE/examples/driver-c/traits.json
  contains "$(PREFECT_SQLALCHEMY_DRIVER_PATH=$folder "$root/bin/psa" query constants:// 'SELECT * FROM constants')" 3.14159
  conforms "$folder/constants.so" constants:// "$traits"
  mkdir -p "$by_hand"  # without CMake, as the README says
  "$CC" -std=c11 -O2 -fPIC -fvisibility=hidden -shared -Wall -Wextra -Werror -Wno-missing-field-initializers \
    -I"$root/include" "$SOURCE/examples/driver-c/constants.c" -o "$by_hand/constants.so"
  cp "$SOURCE/examples/driver-c/constants.json" "$by_hand"
  contains "$(PREFECT_SQLALCHEMY_DRIVER_PATH=$by_hand "$root/bin/psa" query constants:// 'SELECT * FROM constants')" 3.14159
}

TheExampleInCxxIsADriver() {
  configure "$SOURCE/examples/driver-cpp" driver_cpp -DCMAKE_CXX_FLAGS='-Wall -Wextra -Werror -Wno-missing-field-initializers'
  build driver_cpp
  local folder=$WORK/driver_cpp/prefect-sqlalchemy/drivers data=$WORK/driver_cpp/data said
  mkdir -p "$data"
  "$SOURCE/examples/driver-cpp/make-test-data" "$data"
  export PREFECT_SQLALCHEMY_DRIVER_PATH=$folder
  contains "$("$root/bin/psa" query "csv:///$data" 'SELECT * FROM people')" Zoë
  contains "$(cd "$data/.." && "$root/bin/psa" query csv:///data --format csv 'SELECT name, born FROM people WHERE age = :age' -p age=42)" 'Ann,1982-03-01'
  said=$("$root/bin/psa" query "csv:///$data" 'SELECT * FROM broken' 2>&1 || [ $? = 1 ])
  contains "$said" 'broken.csv, line 10: the value of column n is no int64'
  contains "$("$root/bin/psa" query "csv:///$data" 'DELETE FROM people' 2>&1 || [ $? = 1 ])" 'only read'
  contains "$("$root/bin/psa" query "csv:///$data" 'SELECT * FROM nobody' 2>&1 || [ $? = 1 ])" 'no file nobody.csv'
  contains "$("$root/bin/psa" query "csv:///$data" 'SELECT * FROM headless' 2>&1 || [ $? = 1 ])" 'line 1: column 1 is not declared'
  contains "$("$root/bin/psa" query "csv:///$data?separatr=;" 'SELECT * FROM people' 2>&1 || [ $? = 1 ])" separator
  conforms "$folder/csv.so" "csv:///$data" "$SOURCE/examples/driver-cpp/traits.json"
}

# The page's commands are run and its files are written, in its order and in a fresh folder; nothing else is done.
WritingADriverTakesNoStepThatIsNotOnThePage() {
  local place=$WORK/page
  rm -rf "$place"
  mkdir "$place"
  awk '/^```/ && !inside { inside = 1; file = ""; shell = $1 == "```sh"
                           if ($2 ~ /^file=/) { file = substr($2, 6); print "cat >>" file " <<'"'"'END OF BLOCK'"'"'" }
                           next }
       /^```/ { if (file != "") print "END OF BLOCK"; inside = 0; next }
       inside && (shell || file != "") { print; next }
       inside { print "echo a block that is neither a file nor commands >&2; exit 1" }' \
    "$SOURCE/docs/writing-a-driver.md" >"$place/steps.sh"
  (cd "$place" && PREFIX=$root bash -euo pipefail steps.sh) >"$place.log" 2>&1 || { tail -60 "$place.log" >&2; fail 'a step failed'; }
  [ "$(grep -c 'the driver conforms' "$place.log")" = 2 ] || fail 'two drivers should conform'
  [ "$(grep -c 3.14159 "$place.log")" = 2 ] || fail 'both builds of the driver should answer'
  [ -f "$place/constants/report.json" ] || fail 'no report'
}

DebianPackagesDependOnTheirOwnClientAlone() {
  command -v dpkg-shlibdeps >/dev/null || exit 77
  local packages=$WORK/packages package depends name
  rm -rf "$packages" "$WORK/debian"
  (cd "$BUILD" && "$CPACK" -G DEB -B "$packages" >"$WORK/cpack.log" 2>&1) || { tail -30 "$WORK/cpack.log" >&2; fail 'cpack'; }
  for package in "$packages"/*.deb; do
    [ "$(dpkg-deb -f "$package" Version)" = "$VERSION" ] || fail "$package has another version"
    name=$(dpkg-deb -f "$package" Package)
    depends=$(dpkg-deb -f "$package" Depends)
    case $name in
    *-driver-sqlite) contains "$depends" libsqlite3-0 ;;
    *-driver-postgres) contains "$depends" libpq5 ;;
    *-driver-mysql) contains "$depends" libmariadb3 ;;
    *-driver-sdk) [ -z "$depends" ] || fail "the SDK depends on $depends" ;;
    *-driver-*) ;;
    *) case $depends in *libsqlite* | *libpq* | *mariadb* | *odbc*) fail "$name depends on $depends" ;; esac ;;
    esac
    case $name in
    prefect-sqlalchemy) contains "$depends" "libprefect-sqlalchemy0 (= $VERSION)" ;;
    libprefect-sqlalchemy-dev) contains "$depends" "prefect-sqlalchemy-driver-sdk (= $VERSION)" ;;
    esac
    dpkg-deb -c "$package" | awk '!/^d/ {print $6}' >>"$WORK/debian"
    dpkg-deb -x "$package" "$packages/root"
  done
  [ -z "$(sort "$WORK/debian" | uniq -d)" ] || fail "a file is in two packages: $(sort "$WORK/debian" | uniq -d)"
  for package in "$BUILD"/lib/prefect-sqlalchemy/drivers/*.json; do  # each plugin has a package
    ls "$packages/prefect-sqlalchemy-driver-$(basename "$package" .json)_"* >/dev/null
  done
  contains "$("$packages/root/usr/bin/psa" query sqlite:// 'SELECT 6 * 7 AS answer')" 42
}

# Not optimised, and with one driver: what is looked at is that the second build has the notes of the first.
ATrainedBuildIsMadeByWhatRan() {
  configure "$SOURCE" trained -DCMAKE_BUILD_TYPE=Debug -DCMAKE_UNITY_BUILD=ON -DPSA_BUILD_TESTS=OFF \
    -DPSA_BUILD_EXAMPLES=OFF -DPSA_BUILD_CLI=OFF -DPSA_BUILD_CONFORMANCE=OFF -DPSA_DRIVER_POSTGRES=OFF \
    -DPSA_DRIVER_MYSQL=OFF -DPSA_DRIVER_ODBC=OFF -DPSA_DRIVER_SQLCIPHER=OFF
  "$SOURCE/scripts/train" "$WORK/trained" layer_sql psa_driver_sqlite >"$WORK/train.log" 2>&1 ||
    { tail -40 "$WORK/train.log" >&2; fail 'the build cannot be trained'; }
  [ -n "$(find "$WORK/trained/profile" -name '*layer_sql*.gcda')" ] || fail 'nothing was noted of core/sql'
  [ -n "$(find "$WORK/trained/profile" -name '*psa_driver_sqlite*.gcda')" ] || fail 'nothing was noted of the plugin'
  contains "$(cat "$WORK/trained/compile_commands.json")" "-fprofile-use=$WORK/trained/profile"
  case $(cat "$WORK/trained/compile_commands.json") in *-fprofile-generate*) fail 'it still takes notes' ;; esac
  contains "$("$WORK/trained/bench/bench_sqlite_point_query" --benchmark_filter=/connection 2>&1)" point_query/connection
  contains "$("$SOURCE/scripts/train" "$WORK/nowhere" 2>&1 || true)" 'Usage: scripts/train FOLDER'
}

"$1"
