// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC20/ERC20Upgradeable.sol";
import {
    ERC20PermitUpgradeable
} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/ERC20PermitUpgradeable.sol";
import {
    ERC20TransferAuthorizationUpgradeable
} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/ERC20TransferAuthorizationUpgradeable.sol";
import {NoncesKeyedUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/NoncesKeyedUpgradeable.sol";
import {NoncesUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/NoncesUpgradeable.sol";
import {IServicePoints} from "./IServicePoints.sol";
import {PointsStorage} from "./PointsStorage.sol";
import {Purses} from "./Purses.sol";

/**
 * @title ERC-20 over purses, in a closed loop.
 * @dev Allowances, permits, authorisations and their nonces are OpenZeppelin's. Its balances, which
 * cannot age, stay empty: every way to read or move points is overridden here (docs/adr/0140), and
 * `_mint` and `_burn` are not used.
 */
abstract contract PointsToken is PointsStorage, ERC20PermitUpgradeable, ERC20TransferAuthorizationUpgradeable {
    using Purses for uint256;

    /// @notice The token's name, which is also the EIP-712 domain's.
    function name() public pure override returns (string memory) {
        return "City Service Points";
    }

    /// @notice The token's sign.
    function symbol() public pure override returns (string memory) {
        return "CSP";
    }

    /// @notice Amounts are in hundredths of a point.
    function decimals() public pure override returns (uint8) {
        return 2;
    }

    /// @notice All points that have not expired.
    function totalSupply() public view override returns (uint256) {
        return _supply().total();
    }

    /// @notice An account's points that have not expired.
    function balanceOf(address account) public view override returns (uint256) {
        return _peek(account).total();
    }

    /// @notice The next nonce of key 0.
    function nonces(address owner) public view override(ERC20PermitUpgradeable, NoncesUpgradeable) returns (uint256) {
        return super.nonces(owner);
    }

    /// @inheritdoc IServicePoints
    function redeem(uint256 amount, bytes32 referenceC) external {
        if (amount == 0 || referenceC == 0) revert ServicePointsZeroValue();
        uint256 purse = _open(msg.sender);
        uint256 has = purse.amountOf(3);
        if (has < amount) revert ServicePointsEarnedTooLow(msg.sender, has, amount);
        uint256 burned = Purses.earned(amount);
        _layout().purses[msg.sender] = purse - burned;
        _recount(burned, 0);
        _layout().rules.burned += uint64(amount);
        emit Redeemed(msg.sender, amount, referenceC);
        emit Transfer(msg.sender, address(0), amount);
    }

    /// @inheritdoc IServicePoints
    function expire(address[] calldata accounts) external {
        if (accounts.length > BATCH_MAX) revert ServicePointsBatchOutOfRange(accounts.length, BATCH_MAX);
        for (uint256 i = 0; i < accounts.length; ++i) {
            _layout().purses[accounts[i]] = _open(accounts[i]);
        }
    }

    /// @dev every transfer of ERC-20 and ERC-3009 comes here, under the rule of the closed loop;
    /// neither address is zero, because OpenZeppelin's `_transfer` is the only caller
    function _update(address from, address to, uint256 value) internal override {
        bool toPayee = _isPayee(to);
        if (!_layout().rules.peerTransfers && toPayee == _isPayee(from)) {
            revert ServicePointsOutsideLoop(from, to);
        }
        _give(to, _take(from, value), toPayee);
        emit Transfer(from, to, value);
    }

    /// @dev takes the oldest points out of an account
    function _take(address from, uint256 value) internal returns (uint256 taken) {
        uint256 purse = _open(from);
        uint256 has = purse.total();
        if (has < value) revert ERC20InsufficientBalance(from, has, value);
        (_layout().purses[from], taken) = purse.take(value, Purses.OLDEST_FIRST);
    }

    /// @dev puts points that were taken in this call into an account, earned or dated
    function _give(address to, uint256 taken, bool asEarned) internal {
        uint256 given = asEarned ? taken.asEarned() : taken.asDated();
        _put(to, given);
        _recount(taken, given);
    }

    function _put(address to, uint256 given) internal {
        _layout().purses[to] = _open(to) + given;
    }

    function _useCheckedNonce(address owner, uint256 keyNonce)
        internal
        override(NoncesUpgradeable, NoncesKeyedUpgradeable)
    {
        super._useCheckedNonce(owner, keyNonce);
    }

    // the domain in code instead of two storage slots for each signature

    function _EIP712Name() internal pure override returns (string memory) {
        return name();
    }

    function _EIP712Version() internal pure override returns (string memory) {
        return "1";
    }
}
