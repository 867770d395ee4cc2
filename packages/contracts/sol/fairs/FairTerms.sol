// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFairTypes} from "./IFairTypes.sol";

/// @dev First word of the rules: mechanism (bits 0-7), weekends (8-15), fairs (16-31), categories (32-39),
/// preferencesMax (40-47), placesMax (48-55), overflowMax (56-71), opensAt (72-111), closesAt (112-151),
/// reviewUntil (152-191), appealSeconds (192-223), revealSeconds (224-255).
type Terms is uint256;

/// @dev Second word: offerSeconds (bits 0-31), weekendsFrom (32-71), weekendEverySeconds (72-103),
/// weekendSeconds (104-135), graceSeconds (136-167). The third word is the attester's address.
type Times is uint256;

using FairTerms for Terms global;
using FairTerms for Times global;

/// @title The rules of a season in three words: packed by the office, read by the season.
library FairTerms {
    function pack(IFairTypes.Rules calldata rules) internal pure returns (uint256[3] memory words) {
        words[0] = uint256(rules.mechanism) | uint256(rules.weekends) << 8 | uint256(rules.fairs) << 16
            | uint256(rules.categories) << 32 | uint256(rules.preferencesMax) << 40
            | uint256(rules.placesMax) << 48 | uint256(rules.overflowMax) << 56 | uint256(rules.opensAt) << 72
            | uint256(rules.closesAt) << 112 | uint256(rules.reviewUntil) << 152
            | uint256(rules.appealSeconds) << 192 | uint256(rules.revealSeconds) << 224;
        words[1] = uint256(rules.offerSeconds) | uint256(rules.weekendsFrom) << 32
            | uint256(rules.weekendEverySeconds) << 72 | uint256(rules.weekendSeconds) << 104
            | uint256(rules.graceSeconds) << 136;
        words[2] = uint256(uint160(rules.attester));
    }

    function unpack(uint256[3] memory words) internal pure returns (IFairTypes.Rules memory rules) {
        Terms terms = Terms.wrap(words[0]);
        Times times = Times.wrap(words[1]);
        rules.mechanism = terms.mechanism();
        rules.weekends = uint8(terms.weekends());
        rules.fairs = uint16(terms.fairs());
        rules.categories = uint8(terms.categories());
        rules.preferencesMax = uint8(terms.preferencesMax());
        rules.placesMax = uint8(terms.placesMax());
        rules.overflowMax = uint16(terms.overflowMax());
        rules.opensAt = uint40(terms.opensAt());
        rules.closesAt = uint40(terms.closesAt());
        rules.reviewUntil = uint40(terms.reviewUntil());
        rules.appealSeconds = uint32(terms.appealSeconds());
        rules.revealSeconds = uint32(terms.revealSeconds());
        rules.offerSeconds = uint32(times.offerSeconds());
        rules.weekendsFrom = uint40(Times.unwrap(times) >> 32);
        rules.weekendEverySeconds = uint32(Times.unwrap(times) >> 72);
        rules.weekendSeconds = uint32(Times.unwrap(times) >> 104);
        rules.graceSeconds = uint32(times.graceSeconds());
        rules.attester = address(uint160(words[2]));
    }

    function mechanism(Terms terms) internal pure returns (IFairTypes.Mechanism) {
        return IFairTypes.Mechanism(uint8(Terms.unwrap(terms)));
    }

    function weekends(Terms terms) internal pure returns (uint256) {
        return uint8(Terms.unwrap(terms) >> 8);
    }

    function fairs(Terms terms) internal pure returns (uint256) {
        return uint16(Terms.unwrap(terms) >> 16);
    }

    function categories(Terms terms) internal pure returns (uint256) {
        return uint8(Terms.unwrap(terms) >> 32);
    }

    function preferencesMax(Terms terms) internal pure returns (uint256) {
        return uint8(Terms.unwrap(terms) >> 40);
    }

    function placesMax(Terms terms) internal pure returns (uint256) {
        return uint8(Terms.unwrap(terms) >> 48);
    }

    function overflowMax(Terms terms) internal pure returns (uint256) {
        return uint16(Terms.unwrap(terms) >> 56);
    }

    function opensAt(Terms terms) internal pure returns (uint256) {
        return uint40(Terms.unwrap(terms) >> 72);
    }

    function closesAt(Terms terms) internal pure returns (uint256) {
        return uint40(Terms.unwrap(terms) >> 112);
    }

    function reviewUntil(Terms terms) internal pure returns (uint256) {
        return uint40(Terms.unwrap(terms) >> 152);
    }

    function appealSeconds(Terms terms) internal pure returns (uint256) {
        return uint32(Terms.unwrap(terms) >> 192);
    }

    function revealSeconds(Terms terms) internal pure returns (uint256) {
        return Terms.unwrap(terms) >> 224;
    }

    /// @dev Whether one visit gives an applicant all he may have: FCFS and RSD.
    function isOnePass(Terms terms) internal pure returns (bool) {
        return mechanism(terms) < IFairTypes.Mechanism.RsdByWeekend;
    }

    function offerSeconds(Times times) internal pure returns (uint256) {
        return uint32(Times.unwrap(times));
    }

    function graceSeconds(Times times) internal pure returns (uint256) {
        return uint32(Times.unwrap(times) >> 136);
    }

    /// @dev Unix seconds.
    function weekendStart(Times times, uint256 weekend) internal pure returns (uint256) {
        uint256 word = Times.unwrap(times);
        return uint40(word >> 32) + weekend * uint32(word >> 72);
    }

    /// @dev Unix seconds of the first second after it.
    function weekendEnd(Times times, uint256 weekend) internal pure returns (uint256) {
        return weekendStart(times, weekend) + uint32(Times.unwrap(times) >> 104);
    }
}
