// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFairTypes} from "./IFairTypes.sol";

/// @dev holders: how many eligible applicants have 0, 1, … 8 places; content: how many of them have all
/// they could get. 28 bits for each count, so both fit a word.
struct Tally {
    uint256 holders;
    uint256 content;
}

/// @title How fair a season is, counted as places come and go.
library FairMetric {
    uint256 private constant BITS = 28;
    uint256 private constant MASK = (1 << BITS) - 1;
    uint256 private constant LEVELS = 9;
    uint256 private constant MILLION = 1_000_000;

    /// @dev An applicant goes from one number of places to another.
    function move(Tally memory tally, uint256 from, uint256 to, uint256 wanted) internal pure {
        // whoever leaves a level was counted there, and 2^28 applicants are beyond every season
        unchecked {
            tally.holders = tally.holders - (1 << (BITS * from)) + (1 << (BITS * to));
            if (from == wanted) tally.content -= 1 << (BITS * from);
            if (to == wanted) tally.content += 1 << (BITS * to);
        }
    }

    /// @dev {move} of somebody who had less than he wanted.
    function rise(Tally memory tally, uint256 from, uint256 to, uint256 wanted) internal pure {
        unchecked {
            uint256 reached = 1 << (BITS * to);
            tally.holders = tally.holders + reached - (1 << (BITS * from));
            if (to == wanted) tally.content += reached;
        }
    }

    /// @dev How many have this number of places.
    function countAt(uint256 counts, uint256 level) internal pure returns (uint256) {
        return (counts >> (BITS * level)) & MASK;
    }

    /// @dev The figures of IFairTypes.Metrics.
    function measure(Tally memory tally) internal pure returns (IFairTypes.Metrics memory) {
        uint256 eligible;
        uint256 places;
        uint256 most;
        for (uint256 k = 0; k < LEVELS; ++k) {
            uint256 count = countAt(tally.holders, k);
            eligible += count;
            places += count * k;
            if (count != 0) most = k;
        }
        return IFairTypes.Metrics({
            eligible: uint32(eligible),
            nothing: uint32(countAt(tally.holders, 0)),
            places: uint32(places),
            envyFreePpm: uint32(_envyFree(tally, eligible, most)),
            giniPpm: uint32(_gini(tally.holders, eligible, places))
        });
    }

    function _envyFree(Tally memory tally, uint256 eligible, uint256 most) private pure returns (uint256) {
        if (eligible == 0) return MILLION;
        uint256 free;
        for (uint256 k = 0; k < LEVELS; ++k) free += countAt(k + 1 >= most ? tally.holders : tally.content, k);
        return (free * MILLION) / eligible;
    }

    /// @dev sum over all pairs of the difference, over n * sum of places: the Gini coefficient
    function _gini(uint256 holders, uint256 eligible, uint256 places) private pure returns (uint256) {
        if (places == 0) return 0;
        uint256 differences;
        for (uint256 a = 0; a < LEVELS; ++a) {
            for (uint256 b = a + 1; b < LEVELS; ++b) differences += countAt(holders, a) * countAt(holders, b) * (b - a);
        }
        return (differences * MILLION) / (eligible * places);
    }
}
