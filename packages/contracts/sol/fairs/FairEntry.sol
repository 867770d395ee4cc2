// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFairTypes} from "./IFairTypes.sol";

/// @dev One application in one storage word: all that the draw and the waiting list read.
/// bits 0-127 preferences (8 x 16), 128-159 next id, 160-191 block of the application, 192-215 places
/// (8 x 3), 216-219 category, 220-223 status, 224-227 tier, 228-231 wanted, 232-235 number of places,
/// 236-239 1 + preference served by another category, 240-243 that category.
type Entry is uint256;

using FairEntry for Entry global;

/// @title Reading and writing the fields of an Entry.
library FairEntry {
    uint256 internal constant PREFERENCES_MAX = 8;

    uint256 private constant NEXT = 128;
    uint256 private constant APPLIED_AT = 160;
    uint256 private constant PLACES = 192;
    uint256 private constant CATEGORY = 216;
    uint256 private constant STATUS = 220;
    uint256 private constant TIER = 224;
    uint256 private constant WANTED = 228;
    uint256 private constant COUNT = 232;
    uint256 private constant OVERFLOW = 236;

    /// @dev one bit for each status that takes part
    uint256 private constant TAKES_PART = 1 << uint256(IFairTypes.Status.Applied)
        | 1 << uint256(IFairTypes.Status.Eligible) | 1 << uint256(IFairTypes.Status.Appealed);

    function create(uint128 preferences_, uint8 category_, uint256 tier_, uint256 wanted_)
        internal
        view
        returns (Entry)
    {
        return Entry.wrap(
            uint256(preferences_) | (block.number & 0xffffffff) << APPLIED_AT | uint256(category_) << CATEGORY
                | uint256(IFairTypes.Status.Applied) << STATUS | tier_ << TIER | wanted_ << WANTED
        );
    }

    function preferences(Entry entry) internal pure returns (uint256) {
        return uint128(Entry.unwrap(entry));
    }

    /// @dev The stand of a preference, 0 for none.
    function stand(Entry entry, uint256 preference) internal pure returns (uint256) {
        return (preferences(entry) >> (preference * 16)) & 0xffff;
    }

    function next(Entry entry) internal pure returns (uint32) {
        return uint32(Entry.unwrap(entry) >> NEXT);
    }

    function withNext(Entry entry, uint32 id) internal pure returns (Entry) {
        return _with(entry, NEXT, 0xffffffff, id);
    }

    function appliedAt(Entry entry) internal pure returns (uint256) {
        return uint32(Entry.unwrap(entry) >> APPLIED_AT);
    }

    function place(Entry entry, uint256 preference) internal pure returns (IFairTypes.Place) {
        return IFairTypes.Place((Entry.unwrap(entry) >> (PLACES + 3 * preference)) & 7);
    }

    function withPlace(Entry entry, uint256 preference, IFairTypes.Place to) internal pure returns (Entry) {
        return _with(entry, PLACES + 3 * preference, 7, uint256(to));
    }

    function category(Entry entry) internal pure returns (uint256) {
        return (Entry.unwrap(entry) >> CATEGORY) & 15;
    }

    function status(Entry entry) internal pure returns (IFairTypes.Status) {
        return IFairTypes.Status((Entry.unwrap(entry) >> STATUS) & 15);
    }

    function withStatus(Entry entry, IFairTypes.Status to) internal pure returns (Entry) {
        return _with(entry, STATUS, 15, uint256(to));
    }

    /// @dev Applied, eligible or appealed: whoever was not refused in time takes part.
    function isEligible(Entry entry) internal pure returns (bool) {
        return (TAKES_PART >> ((Entry.unwrap(entry) >> STATUS) & 15)) & 1 != 0;
    }

    function tier(Entry entry) internal pure returns (uint256) {
        return (Entry.unwrap(entry) >> TIER) & 15;
    }

    function withTier(Entry entry, uint256 to) internal pure returns (Entry) {
        return _with(entry, TIER, 15, to);
    }

    function wanted(Entry entry) internal pure returns (uint256) {
        return (Entry.unwrap(entry) >> WANTED) & 15;
    }

    function places(Entry entry) internal pure returns (uint256) {
        return (Entry.unwrap(entry) >> COUNT) & 15;
    }

    function withPlaces(Entry entry, uint256 to) internal pure returns (Entry) {
        return _with(entry, COUNT, 15, to);
    }

    /// @dev An untouched preference becomes a held place, one place more: both fields are added to at once.
    function withHeld(Entry entry, uint256 preference) internal pure returns (Entry) {
        unchecked {
            // the preference's state was None, and the number of places stays below 9
            uint256 held = uint256(IFairTypes.Place.Held) << (PLACES + 3 * preference);
            return Entry.wrap(Entry.unwrap(entry) + held + (1 << COUNT));
        }
    }

    /// @dev 1 + the preference that has a place of another category, 0 for none.
    function overflowPreference(Entry entry) internal pure returns (uint256) {
        return (Entry.unwrap(entry) >> OVERFLOW) & 15;
    }

    function overflowCategory(Entry entry) internal pure returns (uint256) {
        return (Entry.unwrap(entry) >> (OVERFLOW + 4)) & 15;
    }

    function withOverflow(Entry entry, uint256 preference, uint256 from) internal pure returns (Entry) {
        return _with(entry, OVERFLOW, 255, (preference + 1) | (from << 4));
    }

    /// @dev Category of the slot that serves a preference.
    function servedBy(Entry entry, uint256 preference) internal pure returns (uint256) {
        return overflowPreference(entry) == preference + 1 ? overflowCategory(entry) : category(entry);
    }

    /// @dev States of all preferences, 3 bits each.
    function states(Entry entry) internal pure returns (uint256) {
        return (Entry.unwrap(entry) >> PLACES) & 0xffffff;
    }

    /// @dev One bit for every weekend on which something was had or offered.
    function weekendsTouched(Entry entry, uint256 fairs) internal pure returns (uint256 weekends) {
        uint256 left = states(entry);
        uint256 list = preferences(entry);
        // a preference with a state is a stand, from 1
        unchecked {
            for (; left != 0; left >>= 3) {
                if (left & 7 != 0) weekends |= 1 << (((list & 0xffff) - 1) / fairs);
                list >>= 16;
            }
        }
    }

    function _with(Entry entry, uint256 shift, uint256 mask, uint256 value) private pure returns (Entry) {
        return Entry.wrap((Entry.unwrap(entry) & ~(mask << shift)) | (value << shift));
    }
}
