// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IServicePoints} from "./IServicePoints.sol";

/**
 * @title Arithmetic of purses: points sorted by the year they were received in, in one word.
 * @dev From the lowest bit: 16 bits the year of `fresh`, then 56 bits each fresh (0), older (1),
 * oldest (2), earned (3); bit 240 says that its owner is a registered payee, bit 241 that he takes
 * open payments (here, because every payment reads this word anyway). A field never overflows into
 * its neighbour: the sum of all purses fits 56 bits (PointsAdministration checks it at each mint), and
 * no operation here makes points. Words of the same year add and subtract as a whole by their parts.
 */
library Purses {
    /// @dev order of spending, and its reverse: the numbers of the fields
    bytes4 internal constant OLDEST_FIRST = hex"02010003";
    bytes4 internal constant YOUNGEST_FIRST = hex"03000102";

    uint256 private constant YEAR_BITS = 16;
    uint256 private constant FIELD_BITS = 56;
    uint256 private constant FIELDS = 4;
    uint256 private constant DATED_FIELDS = 3;
    uint256 private constant DATED_MASK = (1 << (DATED_FIELDS * FIELD_BITS)) - 1;
    uint256 private constant EARNED = 3;
    uint256 private constant REGISTERED = 1 << 240;
    uint256 private constant OPEN = 1 << 241;
    uint256 private constant FLAGS = REGISTERED | OPEN;

    /// @notice One amount, by the number of its field.
    function amountOf(uint256 purse, uint256 field) internal pure returns (uint56) {
        return uint56(purse >> (YEAR_BITS + field * FIELD_BITS));
    }

    /// @notice A purse of one amount and year zero.
    function fresh(uint256 amount) internal pure returns (uint256) {
        return amount << YEAR_BITS;
    }

    /// @notice A purse of earned points and year zero.
    function earned(uint256 amount) internal pure returns (uint256) {
        return amount << (YEAR_BITS + EARNED * FIELD_BITS);
    }

    /// @notice All points of a purse.
    function total(uint256 purse) internal pure returns (uint256 sum) {
        for (uint256 i = 0; i < FIELDS; ++i) sum += amountOf(purse, i);
    }

    /// @notice Whether the owner is a registered payee.
    function isPayee(uint256 purse) internal pure returns (bool) {
        return purse & REGISTERED != 0;
    }

    /// @notice Whether the owner takes open payments.
    function isOpen(uint256 purse) internal pure returns (bool) {
        return purse & OPEN != 0;
    }

    /// @notice The same purse in the hands of a payee, or of nobody in particular.
    function marked(uint256 purse, bool registered, bool open) internal pure returns (uint256) {
        return (purse & ~FLAGS) | (registered ? REGISTERED : 0) | (open ? OPEN : 0);
    }

    /// @notice The purse in a later year: dated amounts move up a field each year, and out after the
    /// third. In the same or an earlier year (which does not come back) it stays as it is.
    /// @return aging the purse in that year
    /// @return lapsed the sum of what moved out
    function aged(uint256 purse, uint256 year) internal pure returns (uint256 aging, uint256 lapsed) {
        uint256 from = uint16(purse);
        if (year <= from) return (purse, 0);
        uint256 passed = year - from > DATED_FIELDS ? DATED_FIELDS : year - from;
        uint256 moved = (((purse >> YEAR_BITS) & DATED_MASK) << (passed * FIELD_BITS)) & DATED_MASK;
        aging = (purse & FLAGS) | earned(amountOf(purse, EARNED)) | (moved << YEAR_BITS) | year;
        // read before the shift: what moves out may pass the 256th bit
        for (uint256 i = DATED_FIELDS - passed; i < DATED_FIELDS; ++i) lapsed += amountOf(purse, i);
    }

    /// @notice Takes an amount out of a purse that holds it.
    /// @return left the purse without it
    /// @return taken its parts, with year zero
    function take(uint256 purse, uint256 amount, bytes4 order) internal pure returns (uint256 left, uint256 taken) {
        for (uint256 i = 0; i < FIELDS && amount != 0; ++i) {
            uint256 field = uint8(order[i]);
            uint256 has = amountOf(purse, field);
            uint256 some = amount < has ? amount : has;
            amount -= some;
            taken |= some << (YEAR_BITS + field * FIELD_BITS);
        }
        assert(amount == 0);
        left = purse - taken;
    }

    /// @notice The same points in a payee's hands: earned, without a date.
    function asEarned(uint256 taken) internal pure returns (uint256) {
        return earned(total(taken));
    }

    /// @notice The same points in a citizen's hands: what was earned is dated by this year.
    function asDated(uint256 taken) internal pure returns (uint256) {
        uint256 undated = amountOf(taken, EARNED);
        return taken - earned(undated) + fresh(undated);
    }

    /// @notice What was taken in the purse's year, given back in a later one: what would be expired
    /// gets the oldest date that lives, so that nothing returns dead.
    /// @return given its parts, with year zero
    function revived(uint256 purse, uint256 year) internal pure returns (uint256 given) {
        (uint256 aging, uint256 lapsed) = aged(purse, year);
        return ((aging >> YEAR_BITS) << YEAR_BITS) + (lapsed << (YEAR_BITS + 2 * FIELD_BITS));
    }

    /// @notice For reading.
    function unpacked(uint256 purse) internal pure returns (IServicePoints.Purse memory) {
        return IServicePoints.Purse(uint16(purse), amountOf(purse, 0), amountOf(purse, 1), amountOf(purse, 2), amountOf(purse, EARNED));
    }
}
