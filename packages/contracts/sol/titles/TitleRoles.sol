// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The roles whose *signatures* the register asks for; callers are CityAccess's business.
/// @dev ids of CityAccess; a test compares them with the table of city roles
library TitleRoles {
    uint64 internal constant REGISTRAR = 11;
    uint64 internal constant NOTARY = 12;
    uint64 internal constant COURT = 10;
    uint64 internal constant OBSERVERS = 1;
}
