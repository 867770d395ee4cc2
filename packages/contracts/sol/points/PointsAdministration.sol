// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPointsAdministration} from "./IPointsAdministration.sol";
import {PointsInvoices} from "./PointsInvoices.sol";
import {Purses} from "./Purses.sol";

/// @title Minting within budgets and quotas, and the records behind it.
abstract contract PointsAdministration is PointsInvoices {
    using Purses for uint256;

    /// @dev longer needs another decision
    uint256 public constant PAUSE_SECONDS_MAX = 30 days;

    /// @inheritdoc IPointsAdministration
    function mint(address to, uint256 amount, bytes32 budgetId, bytes32 reasonC) external {
        if (amount > SUPPLY_MAX) revert ServicePointsSupplyTooLarge(amount, SUPPLY_MAX);
        uint32 epoch = _charge(budgetId, reasonC, amount);
        _credit(Credit(to, uint56(amount)), budgetId, reasonC, epoch);
    }

    /// @inheritdoc IPointsAdministration
    function mintBatch(bytes32 budgetId, bytes32 reasonC, Credit[] calldata credits) external {
        if (credits.length == 0 || credits.length > BATCH_MAX) {
            revert ServicePointsBatchOutOfRange(credits.length, BATCH_MAX);
        }
        uint256 sum = 0;
        for (uint256 i = 0; i < credits.length; ++i) {
            sum += credits[i].amount;
        }
        uint32 epoch = _charge(budgetId, reasonC, sum);
        for (uint256 i = 0; i < credits.length; ++i) {
            _credit(credits[i], budgetId, reasonC, epoch);
        }
    }

    /// @inheritdoc IPointsAdministration
    function budgetOf(bytes32 budgetId) external view returns (Budget memory) {
        return _layout().budgets[budgetId];
    }

    /// @inheritdoc IPointsAdministration
    function departmentOf(address department) external view returns (Department memory) {
        return _currentEpoch(department);
    }

    /// @inheritdoc IPointsAdministration
    function payeeOf(address account) external view returns (bool registered, bool open) {
        uint256 purse = _layout().purses[account];
        return (purse.isPayee(), purse.isOpen());
    }

    /// @inheritdoc IPointsAdministration
    function policy() external view returns (bool peerTransfers, uint40 mintPausedUntil) {
        Rules storage rules = _layout().rules;
        return (rules.peerTransfers, rules.mintPausedUntil);
    }

    function _openBudget(bytes32 budgetId, address department, uint64 limit) internal {
        if (budgetId == 0 || department == address(0)) revert ServicePointsZeroValue();
        if (_layout().budgets[budgetId].department != address(0)) revert ServicePointsBudgetExists(budgetId);
        _layout().budgets[budgetId] = Budget(department, false, limit, 0);
        emit BudgetOpened(budgetId, department, limit);
    }

    function _setBudgetLimit(bytes32 budgetId, uint64 limit) internal {
        Budget storage budget = _openLine(budgetId);
        if (limit < budget.minted) revert ServicePointsBelowMinted(limit, budget.minted);
        emit BudgetLimitChanged(budgetId, budget.limit, limit);
        budget.limit = limit;
    }

    function _closeBudget(bytes32 budgetId) internal {
        Budget storage budget = _openLine(budgetId);
        budget.closed = true;
        emit BudgetClosed(budgetId, budget.minted);
    }

    function _setQuota(address department, uint64 quota) internal {
        if (department == address(0)) revert ServicePointsZeroValue();
        Department memory entry = _currentEpoch(department);
        if (quota < entry.minted) revert ServicePointsBelowMinted(quota, entry.minted);
        emit QuotaChanged(department, entry.quota, quota);
        entry.quota = quota;
        _layout().departments[department] = entry;
    }

    function _registerPayee(address payee, bool open, bytes32 infoC) internal {
        if (payee == address(0)) revert ServicePointsZeroValue();
        _layout().purses[payee] = _layout().purses[payee].marked(true, open);
        emit PayeeRegistered(payee, open, infoC);
    }

    function _removePayee(address payee) internal {
        if (!_isPayee(payee)) revert ServicePointsNotPayee(payee);
        _layout().purses[payee] = _layout().purses[payee].marked(false, false);
        emit PayeeRemoved(payee);
    }

    function _setPeerTransfers(bool on) internal {
        if (_layout().rules.peerTransfers == on) revert ServicePointsUnchanged();
        _layout().rules.peerTransfers = on;
        emit PeerTransfersSwitched(on);
    }

    function _pauseMint(uint40 until) internal {
        // longer than a pause that runs: ending one early is `resumeMint`, which has its notice
        uint256 from = Math.max(block.timestamp, _layout().rules.mintPausedUntil);
        if (until <= from || until > block.timestamp + PAUSE_SECONDS_MAX) {
            revert ServicePointsPauseOutOfRange(until, from + 1, block.timestamp + PAUSE_SECONDS_MAX);
        }
        _layout().rules.mintPausedUntil = until;
        emit MintPaused(msg.sender, until);
    }

    function _resumeMint() internal {
        if (_layout().rules.mintPausedUntil <= block.timestamp) revert ServicePointsUnchanged();
        _layout().rules.mintPausedUntil = 0;
        emit MintResumed(msg.sender);
    }

    /// @dev counts an amount against the caller's line and quota, and into the supply
    function _charge(bytes32 budgetId, bytes32 reasonC, uint256 amount) private returns (uint32 epoch) {
        if (amount == 0 || reasonC == 0) revert ServicePointsZeroValue();
        uint40 until = _layout().rules.mintPausedUntil;
        if (block.timestamp < until) revert ServicePointsMintPaused(until);
        Budget memory budget = _layout().budgets[budgetId];
        if (budget.department != msg.sender) {
            revert ServicePointsNotBudgetOwner(msg.sender, budgetId, budget.department);
        }
        if (budget.closed) revert ServicePointsBudgetClosed(budgetId);
        if (amount > budget.limit - budget.minted) {
            revert ServicePointsOverBudget(budgetId, amount, budget.limit - budget.minted);
        }
        Department memory entry = _currentEpoch(msg.sender);
        if (amount > entry.quota - entry.minted) {
            revert ServicePointsOverQuota(msg.sender, amount, entry.quota - entry.minted);
        }
        uint256 supply = _supply();
        if (amount > SUPPLY_MAX - supply.total()) {
            revert ServicePointsSupplyTooLarge(amount, SUPPLY_MAX - supply.total());
        }
        budget.minted += uint64(amount);
        entry.minted += uint64(amount);
        _layout().budgets[budgetId] = budget;
        _layout().departments[msg.sender] = entry;
        _layout().supply = supply + Purses.fresh(amount);
        _layout().rules.minted += uint64(amount);
        return entry.epoch;
    }

    function _credit(Credit memory credit, bytes32 budgetId, bytes32 reasonC, uint32 epoch) private {
        if (credit.to == address(0)) revert ERC20InvalidReceiver(credit.to);
        if (credit.amount == 0) revert ServicePointsZeroValue();
        _put(credit.to, Purses.fresh(credit.amount));
        emit Minted(budgetId, msg.sender, credit.to, credit.amount, epoch, reasonC);
        emit IERC20.Transfer(address(0), credit.to, credit.amount);
    }

    function _currentEpoch(address department) private view returns (Department memory entry) {
        entry = _layout().departments[department];
        uint32 epoch = _epoch();
        if (entry.epoch != epoch) (entry.epoch, entry.minted) = (epoch, 0);
    }

    function _openLine(bytes32 budgetId) private view returns (Budget storage budget) {
        budget = _layout().budgets[budgetId];
        if (budget.department == address(0)) revert ServicePointsBudgetUnknown(budgetId);
        if (budget.closed) revert ServicePointsBudgetClosed(budgetId);
    }
}
