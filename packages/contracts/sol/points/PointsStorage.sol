// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPointsAdministration} from "./IPointsAdministration.sol";
import {IServicePoints} from "./IServicePoints.sol";
import {Purses} from "./Purses.sol";

/**
 * @title The storage of ServicePoints, and its calendar.
 * @dev One ERC-7201 namespace; later versions append to `Layout` only. No loops.
 */
abstract contract PointsStorage is IServicePoints {
    using Purses for uint256;

    /// @dev what a payee asks for, and who paid it: one slot. Empty for open payments.
    struct Request {
        address payer;
        uint56 amount;
        uint40 deadline;
    }

    /// @dev everything that most calls read: one slot
    struct Rules {
        uint40 origin;
        uint32 yearSeconds;
        bool peerTransfers;
        uint40 mintPausedUntil;
        uint64 minted;
        uint64 burned;
    }

    /// @custom:storage-location erc7201:veche.storage.ServicePoints
    struct Layout {
        Rules rules;
        /// @dev a purse as Purses packs it: all points by age
        uint256 supply;
        /// @dev packed purses, with who is a payee
        mapping(address account => uint256) purses;
        mapping(bytes32 budgetId => Budget) budgets;
        mapping(address department => Department) departments;
        /// @dev packed purse of what was paid and not refunded; the status in the upper 8 bits
        mapping(address payee => mapping(bytes32 invoiceId => uint256)) payments;
        mapping(address payee => mapping(bytes32 invoiceId => Request)) requests;
    }

    /// @dev keccak256(abi.encode(uint256(keccak256("veche.storage.ServicePoints")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant LAYOUT_SLOT = 0x0a4486f9a66633fe872b2834bbc314941fc783ced54c5da090165acebbc76800;

    uint256 internal constant EPOCHS_IN_A_YEAR = 12;
    /// @dev accounts in one call: 200 fresh credits are 5.5 M gas, under EIP-7825's cap with room
    uint256 public constant BATCH_MAX = 200;
    /// @dev points in existence, so that every amount in a purse fits its field
    uint256 internal constant SUPPLY_MAX = type(uint56).max;

    function _layout() internal pure returns (Layout storage $) {
        // the one use of assembly: Solidity has no other way to name a storage slot
        assembly ("memory-safe") {
            $.slot := LAYOUT_SLOT
        }
    }

    function _year() internal view returns (uint16) {
        Rules storage rules = _layout().rules;
        // a test network of very short years stays in its last year instead of beginning anew
        return uint16(Math.min((block.timestamp - rules.origin) / rules.yearSeconds, type(uint16).max));
    }

    function _epoch() internal view returns (uint32) {
        Rules storage rules = _layout().rules;
        return uint32((block.timestamp - rules.origin) / (rules.yearSeconds / EPOCHS_IN_A_YEAR));
    }

    /// @dev the purse as it is in the current year; tells what expired. The caller stores the purse.
    function _open(address account) internal returns (uint256 purse) {
        uint256 lapsed;
        uint16 year = _year();
        (purse, lapsed) = _layout().purses[account].aged(year);
        if (lapsed == 0) return purse;
        emit Expired(account, year, lapsed);
        emit IERC20.Transfer(account, address(0), lapsed);
    }

    /// @dev replaces parts of the whole by others of the same sum; nothing to do when they are equal
    function _recount(uint256 less, uint256 more) internal {
        if (less != more) _layout().supply = _supply() - less + more;
    }

    /// @dev all points in the current year
    function _supply() internal view returns (uint256 supply) {
        (supply,) = _layout().supply.aged(_year());
    }

    /// @dev an account's points in the current year
    function _peek(address account) internal view returns (uint256 purse) {
        (purse,) = _layout().purses[account].aged(_year());
    }

    function _isPayee(address account) internal view returns (bool) {
        return _layout().purses[account].isPayee();
    }

    /// @inheritdoc IServicePoints
    function purseOf(address account) external view returns (Purse memory) {
        return _peek(account).unpacked();
    }

    /// @inheritdoc IServicePoints
    function supplyByAge() external view returns (Purse memory) {
        return _supply().unpacked();
    }

    /// @inheritdoc IServicePoints
    function flows() external view returns (uint256 minted, uint256 burned, uint256 expired) {
        Rules storage rules = _layout().rules;
        (minted, burned) = (rules.minted, rules.burned);
        expired = minted - burned - _supply().total();
    }

    /// @inheritdoc IServicePoints
    function calendar() external view returns (uint40 origin, uint32 yearSeconds, uint16 year, uint32 epoch) {
        Rules storage rules = _layout().rules;
        return (rules.origin, rules.yearSeconds, _year(), _epoch());
    }
}
