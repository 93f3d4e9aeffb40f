#!/usr/bin/env bash
# cases.sh passes PLUGIN URL [TRAITS]    psa-conformance finds nothing wrong with the plugin on that database
# cases.sh fails PLUGIN URL TRAITS RULE...   it does, and just these rules are broken
# A URL is text, with FOLDER for an empty folder of the test's own, or env:NAME. NAME!text: that variable's URL, its
# driver and its query replaced by the text: "PSA_TEST_MARIADB_URL!odbc?driver=/path/of/driver.so".
set -euo pipefail

how=$1 plugin=$2 url=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

variable=
case $url in
env:*) variable=${url#env:} ;;
*!*) variable=${url%%!*} ;;
esac
if [ -n "$variable" ] && [ -z "${!variable:-}" ]; then
  [ "${PSA_TEST_SERVERS:-}" = required ] && fail "$variable is not set, and PSA_TEST_SERVERS is required"
  exit 77
fi
case $url in
*!*)
  place=${!variable#*://} other=${url#*!}
  URL="${other%%\?*}://$place?${other#*\?}"
  ;;
env:*) URL=${!variable} ;;
*) URL=${url//FOLDER/$folder} ;;
esac
export URL

options=()
[ -z "${ONLY:-}" ] || options=(--only "$ONLY")
[ -z "${4:-}" ] || options+=(--traits "$4")
code=0
"$PROGRAM" "$plugin" --url env:URL "${options[@]}" --report "$folder/report.json" >"$folder/report.txt" 2>"$folder/errors" ||
  code=$?
cat "$folder/errors" >&2
[ -f "$folder/report.json" ] || fail "no report, exit code $code"

if [ "$how" = passes ]; then
  [ "$code" = 0 ] || { cat "$folder/report.txt" >&2; fail "exit code $code"; }
  grep -q '"conforms":true' "$folder/report.json" || fail 'the report does not say that it conforms'
  grep -q 'the driver conforms' "$folder/report.txt"
  exit 0
fi

[ "$code" = 1 ] || { cat "$folder/report.txt" >&2; fail "exit code $code"; }
broken=$(grep -o '"broken_rule":"[^"]*"' "$folder/report.json" | sort -u | sed 's/.*:"\(.*\)"/\1/' | tr '\n' ' ')
[ "$broken" = "${*:5} " ] || { cat "$folder/report.txt" >&2; fail "broken are $broken instead of ${*:5}"; }
