// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CityUpgradeable} from "../access/CityUpgradeable.sol";
import {IPointsAdministration} from "./IPointsAdministration.sol";
import {PointsAdministration} from "./PointsAdministration.sol";

/// @title ServicePoints: see IServicePoints and IPointsAdministration for what it promises.
/// @dev This file joins the records to CityAccess: each `restricted` function below has a role and a
/// delay in src/access/city-roles.ts.
contract ServicePoints is PointsAdministration, CityUpgradeable {
    /// @dev long enough that a test network's blocks fall into every year
    uint256 public constant YEAR_SECONDS_MIN = 12;

    /// @notice Sets up the contract behind its proxy, once.
    /// @param cityAccess the authority over `restricted` functions
    /// @param releases the register of code that an upgrade may use
    /// @param origin unix seconds at which year 0 begins, not in the future
    /// @param yearSeconds length of a year, a multiple of 12
    /// @param budgets lines and quotas that exist from the first block
    /// @param payees payees from the first block
    function initialize(
        address cityAccess,
        address releases,
        uint40 origin,
        uint32 yearSeconds,
        BudgetSetup[] calldata budgets,
        PayeeSetup[] calldata payees
    ) external initializer {
        __CityUpgradeable_init(cityAccess, releases);
        if (origin > block.timestamp || yearSeconds < YEAR_SECONDS_MIN || yearSeconds % EPOCHS_IN_A_YEAR != 0) {
            revert ServicePointsCalendarOutOfRange(origin, yearSeconds);
        }
        (_layout().rules.origin, _layout().rules.yearSeconds) = (origin, yearSeconds);
        for (uint256 i = 0; i < budgets.length; ++i) {
            BudgetSetup calldata budget = budgets[i];
            _openBudget(budget.budgetId, budget.department, budget.limit);
            _setQuota(budget.department, budget.quota);
        }
        for (uint256 i = 0; i < payees.length; ++i) {
            _registerPayee(payees[i].payee, payees[i].open, payees[i].infoC);
        }
    }

    /// @inheritdoc IPointsAdministration
    function openBudget(bytes32 budgetId, address department, uint64 limit) external restricted {
        _openBudget(budgetId, department, limit);
    }

    /// @inheritdoc IPointsAdministration
    function setBudgetLimit(bytes32 budgetId, uint64 limit) external restricted {
        _setBudgetLimit(budgetId, limit);
    }

    /// @inheritdoc IPointsAdministration
    function closeBudget(bytes32 budgetId) external restricted {
        _closeBudget(budgetId);
    }

    /// @inheritdoc IPointsAdministration
    function setQuota(address department, uint64 quota) external restricted {
        _setQuota(department, quota);
    }

    /// @inheritdoc IPointsAdministration
    function registerPayee(address payee, bool open, bytes32 infoC) external restricted {
        _registerPayee(payee, open, infoC);
    }

    /// @inheritdoc IPointsAdministration
    function removePayee(address payee) external restricted {
        _removePayee(payee);
    }

    /// @inheritdoc IPointsAdministration
    function setPeerTransfers(bool on) external restricted {
        _setPeerTransfers(on);
    }

    /// @inheritdoc IPointsAdministration
    function pauseMint(uint40 until) external restricted {
        _pauseMint(until);
    }

    /// @inheritdoc IPointsAdministration
    function resumeMint() external restricted {
        _resumeMint();
    }
}
