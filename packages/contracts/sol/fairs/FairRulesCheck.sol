// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FairEntry} from "./FairEntry.sol";
import {Terms} from "./FairTerms.sol";
import {IFairOffice} from "./IFairOffice.sol";
import {IFairTypes} from "./IFairTypes.sol";

/// @title What the rules of a season must hold before they are frozen, and what an applicant may ask for.
library FairRulesCheck {
    uint256 internal constant SLOTS_MAX = 65_535;
    uint256 internal constant CATEGORIES_MAX = 15;
    uint256 internal constant MEMBERS_MAX = 16;

    /// @dev The number tells the reader which line was not met.
    function _rule(bool holds, uint8 line) private pure {
        if (!holds) revert IFairOffice.FairOfficeRulesInvalid(line);
    }

    /// @dev Sizes, against the capacity words that the season has.
    function checkSize(IFairTypes.Rules calldata rules, uint256 words, bytes32 capacitiesHash) internal pure {
        _rule(rules.weekends != 0 && rules.fairs != 0, 1);
        _rule(rules.categories != 0 && rules.categories <= CATEGORIES_MAX, 2);
        uint256 slots = uint256(rules.weekends) * rules.fairs * rules.categories;
        _rule(slots <= SLOTS_MAX, 3);
        _rule(rules.preferencesMax != 0 && rules.preferencesMax <= FairEntry.PREFERENCES_MAX, 4);
        _rule(rules.placesMax != 0 && rules.placesMax <= rules.preferencesMax, 5);
        _rule(rules.placesMax <= rules.weekends, 6);
        _rule(rules.overflowMax == 0 || rules.mechanism == IFairTypes.Mechanism.ReservedRsd, 7);
        _rule(words == (slots + 15) / 16, 8);
        _rule(rules.capacitiesHash == capacitiesHash, 9);
    }

    /// @dev Times, against the city's least notice and least time to appeal.
    function checkTimes(IFairTypes.Rules calldata rules, IFairOffice.Limits memory limits) internal view {
        _rule(rules.opensAt >= block.timestamp + limits.noticeSeconds, 10);
        _rule(rules.closesAt > rules.opensAt, 11);
        _rule(rules.reviewUntil > rules.closesAt, 12);
        _rule(rules.appealSeconds >= limits.appealSeconds && rules.appealSeconds != 0, 13);
        _rule(rules.revealSeconds != 0 && rules.offerSeconds != 0, 14);
        uint256 frozen = uint256(rules.reviewUntil) + 2 * uint256(rules.appealSeconds);
        _rule(rules.weekendsFrom >= frozen + rules.revealSeconds, 15);
        _rule(rules.weekendSeconds != 0 && rules.weekendEverySeconds >= rules.weekendSeconds, 16);
        _rule(rules.graceSeconds < rules.weekendSeconds, 17);
    }

    /// @dev Members ascending and so distinct; more than half of them sign: no minority knows the seed early.
    function checkBeacon(IFairTypes.Beacon calldata beacon) internal pure {
        uint256 size = beacon.members.length;
        _rule(size != 0 && size <= MEMBERS_MAX && beacon.shareKeys.length == size, 20);
        _rule(beacon.threshold <= size && 2 * uint256(beacon.threshold) > size, 21);
        address previous = address(0);
        for (uint256 i = 0; i < size; ++i) {
            _rule(beacon.members[i] > previous, 22);
            previous = beacon.members[i];
        }
    }

    /// @dev Stands that exist, without repetition, at least one. How many places they can bring.
    function checkPreferences(Terms terms, uint8 category, uint128 preferences)
        internal
        pure
        returns (uint256 wanted)
    {
        if (category >= terms.categories()) {
            revert IFairOffice.FairOfficeCategoryInvalid(category, terms.categories());
        }
        uint256 fairs = terms.fairs();
        uint256 stands = fairs * terms.weekends();
        uint256 length = 0;
        uint256 weekends = 0;
        bool isValid = preferences != 0;
        for (uint256 rest = preferences; rest != 0 && isValid; rest >>= 16) {
            uint256 stand = rest & 0xffff;
            if (stand == 0 || stand > stands) revert IFairOffice.FairOfficePreferencesInvalid(preferences);
            for (uint256 later = rest >> 16; later != 0; later >>= 16) {
                if (later & 0xffff == stand) isValid = false;
            }
            ++length;
            uint256 bit = 1 << ((stand - 1) / fairs);
            if (weekends & bit == 0 && wanted < terms.placesMax()) ++wanted;
            weekends |= bit;
        }
        if (!isValid || length > terms.preferencesMax()) {
            revert IFairOffice.FairOfficePreferencesInvalid(preferences);
        }
    }
}
