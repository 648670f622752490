#!/usr/bin/env bash
# Open reports in a browser. Usage: check.sh SOURCE_DIR CLEAVE WORK_DIR
# Exit status 77 where the browser, npm or the chart libraries are not there.
set -euo pipefail

source=$1 cleave=$2 work=$3
here=$source/test/report
skip() {
    echo "SKIPPED: $*"
    exit 77
}

chromium=$(command -v chromium || command -v chromium-browser) || skip "chromium is not installed"
{ command -v node && command -v npm; } >/dev/null || skip "nodejs and npm are not installed"
mkdir -p "$work"
if ! cmp -s "$here/package-lock.json" "$work/fetched"; then
    cp "$here/package.json" "$here/package-lock.json" "$work"
    (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 >npm.log 2>&1) ||
        skip "npm could not fetch playwright-core: $(tail -n 1 "$work/npm.log")"
    cp "$here/package-lock.json" "$work/fetched"
fi

"$cleave" -q explore "$source/test/configs/shufflenet_v2_0.5.yaml" -o "$work/plain" --uncertainty 20
"$cleave" -q explore "$here/config.yaml" -o "$work/names" --uncertainty 20
# No room on the FPGA: nothing is dominated.
"$cleave" -q explore "$source/test/configs/squeezenet_1.1.yaml" -o "$work/alone" --set fpga.capacity.alm=1
# Foldings, and transfers beside the work of the FPGA.
"$cleave" -q explore "$here/config.yaml" -o "$work/folded" --set fpga.implementation=folded \
    --set link.hand_over=streamed --set 'space={strategies: [gconv, fused]}'
for front in plain names alone folded; do
    "$cleave" -q report "$work/$front/front.json" -o "$work/$front.html" 2>"$work/$front.log"
    ! grep -q "static plots only" "$work/$front.log" || skip "the program was built without chart libraries"
    # The same front gives the same bytes.
    "$cleave" -q report "$work/$front/front.json" -o - | cmp - "$work/$front.html"
done

# Modules are looked up from where a script lies.
cp "$here/report.mjs" "$work"
exec node "$work/report.mjs" "$chromium" "$work"
