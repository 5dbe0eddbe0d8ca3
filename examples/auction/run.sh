#!/usr/bin/env bash
# Auctioneer and four bidders on one machine, one process each; options go to `konsil run`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
exec "$konsil" run "$here/auction.ksl" \
	--input auctioneer="$here/auctioneer.json" \
	--input bidder="$here/bidder0.json" \
	--input bidder="$here/bidder1.json" \
	--input bidder="$here/bidder2.json" \
	--input bidder="$here/bidder3.json" "$@"
