# shellcheck shell=bash
# What the server says of the versions, and the build that a checkout holds.

# Column `$2` of the CSV on standard input, of the rows whose first column is `$1` (all without it).
csv_column() {
  awk -F, -v row="$1" -v name="$2" '
    NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next }
    at && (row == "" || $1 == row) { gsub(/"/, "", $at); print $at }'
}

# The table of versions; empty before the first worker was ever seen.
versions_table() {
  local table status=0
  table=$(driver_ncfd "$1" deploy status --output csv 2>"$ERRORS") || status=$?
  ((status == 0 || status == 4)) || {
    cat "$ERRORS" >&2
    return "$status"
  }
  printf '%s\n' "$table"
}

# The version that takes new runs, apart from a share that ramps.
current_version() {
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "status") at = i; next }
    $at == "current" { print $1 }' <<<"$1"
}

resolve_version() {
  [[ -z $VERSION ]] || return 0
  VERSION=$(checkout_version) ||
    missing 'this checkout has no build' 'npm ci && npm run build, or name a version.'
  say "version of this checkout: $VERSION"
}

checkout_version() {
  node "$CHECKOUT/bin/ncfd.cjs" deploy build 2>/dev/null
}
